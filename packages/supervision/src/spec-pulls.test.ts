import { describe, expect, it } from "vitest";
import { SpecPulls } from "./spec-pulls.ts";

function offerTo(pulls: SpecPulls, wanted: Set<string>): (nodeId: string, name: string, bytes?: number) => void {
  return (nodeId, name, bytes = 100) => pulls.offer(nodeId, { name, bytes, isWanted: () => wanted.has(name) });
}

describe("pulls of specs", () => {
  it("ask each member for one portion at a time, and for the next when that has come", () => {
    const pulls = new SpecPulls();
    const wanted = new Set(["one", "two", "three"]);
    const offer = offerTo(pulls, wanted);
    for (const name of wanted) offer("a", name, 150 * 1024);
    expect([...pulls.next()]).toEqual([["a", ["one"]]]);
    expect([...pulls.next()]).toEqual([]);
    pulls.given("a");
    expect([...pulls.next()]).toEqual([["a", ["two"]]]);
  });

  it("ask for as many as fit 256 KiB, and for a larger one by itself", () => {
    const pulls = new SpecPulls();
    const wanted = new Set(["large", "b", "c", "d"]);
    const offer = offerTo(pulls, wanted);
    offer("a", "large", 300 * 1024);
    for (const name of ["b", "c", "d"]) offer("a", name, 128 * 1024);
    const portions: string[][] = [];
    for (let round = 0; round < 3; round++) {
      for (const [, names] of pulls.next()) portions.push(names);
      pulls.given("a");
    }
    expect(portions).toEqual([["large"], ["b", "c"], ["d"]]);
  });

  it("ask for 500 names at a time, however small", () => {
    const pulls = new SpecPulls();
    const wanted = new Set(Array.from({ length: 501 }, (_, index) => `${index}`));
    for (const name of wanted) offerTo(pulls, wanted)("a", name, 1);
    expect([...pulls.next()].map(([, names]) => names.length)).toEqual([500]);
  });

  it("ask one member only for what several have, and another one when that fails", () => {
    const pulls = new SpecPulls();
    const offer = offerTo(pulls, new Set(["one"]));
    offer("a", "one");
    offer("b", "one");
    expect([...pulls.next()]).toEqual([["a", ["one"]]]);
    pulls.gone("a");
    expect([...pulls.next()]).toEqual([["b", ["one"]]]);
  });

  it("ask for nothing that has come from elsewhere meanwhile", () => {
    const pulls = new SpecPulls();
    const wanted = new Set(["one"]);
    offerTo(pulls, wanted)("a", "one");
    wanted.clear();
    expect([...pulls.next()]).toEqual([]);
    expect(pulls.isSettled("a")).toBe(true);
  });

  it("are settled with a member when all that it offered has been answered", () => {
    const pulls = new SpecPulls();
    const wanted = new Set(["one"]);
    expect(pulls.isSettled("a")).toBe(true);
    offerTo(pulls, wanted)("a", "one");
    expect(pulls.isSettled("a")).toBe(false);
    expect([...pulls.next()]).toHaveLength(1);
    expect(pulls.isSettled("a")).toBe(false);
    pulls.given("a");
    expect(pulls.isSettled("a")).toBe(true);
  });

  it("tells of names that no member is asked for any more, and knows which ones are on their way", () => {
    const dropped: string[] = [];
    const pulls = new SpecPulls((name) => void dropped.push(`${name} ${pulls.isOnItsWay(name)}`));
    for (const nodeId of ["a", "b"])
      for (const name of ["x", "y"]) pulls.offer(nodeId, { name, bytes: 1, isWanted: () => name === "x" });
    expect([...pulls.next()]).toEqual([["a", ["x"]]]);
    // Nobody lacks y any more; x is asked of a, and would be of b.
    expect(dropped.splice(0)).toEqual(["y true", "y false"]);
    pulls.gone("a");
    expect(dropped.splice(0)).toEqual(["x true"]);
    expect([...pulls.next()]).toEqual([["b", ["x"]]]);
    pulls.given("b");
    expect(dropped).toEqual(["x false"]);
  });
});
