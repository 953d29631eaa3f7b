import { describe, expect, it } from "vitest";
import { HashPlacement } from "./placement.ts";
import { newerSpec, type SingletonSpec } from "./singleton-spec.ts";

const names = Array.from({ length: 2_000 }, (_, index) => `actor-${index}`);
const placeAll = (candidates: readonly string[]): (string | undefined)[] => {
  const placement = new HashPlacement();
  return names.map((name) => placement.choose(name, candidates));
};

describe("placement by consistent hashing", () => {
  it("is the same on every node, whatever order it knows the candidates in", () => {
    expect(placeAll(["a", "b", "c", "d"])).toEqual(placeAll(["d", "b", "a", "c"]));
  });

  it("[H1] uses every candidate about equally", () => {
    const counts = Map.groupBy(placeAll(["a", "b", "c", "d"]), (node) => node);
    for (const placed of counts.values()) expect(placed.length).toBeGreaterThan(names.length / 8);
    expect(counts.size).toBe(4);
  });

  it("moves only what has to move when a node goes or comes", () => {
    const four = placeAll(["a", "b", "c", "d"]);
    const three = placeAll(["a", "b", "c"]);
    for (const [index, node] of four.entries()) if (node !== "d") expect(three[index]).toBe(node);
  });

  it("chooses nobody when there is nobody", () => {
    expect(new HashPlacement().choose("x", [])).toBeUndefined();
  });
});

describe("two versions of a singleton's spec", () => {
  const spec = (revision: number, wallMs: number): SingletonSpec => ({
    name: "x",
    className: "X",
    args: [],
    state: "wanted",
    revision,
    stamp: [wallMs, 0],
  });

  it("settle on the higher revision, then on the earlier stamp, in any order", () => {
    for (const [winner, loser] of [
      [spec(2, 900), spec(1, 100)],
      [spec(1, 100), spec(1, 101)],
    ] as const) {
      expect(newerSpec(winner, loser)).toBe(winner);
      expect(newerSpec(loser, winner)).toBe(winner);
    }
  });
});
