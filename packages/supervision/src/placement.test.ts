import { describe, expect, it } from "vitest";
import { HashPlacement } from "./placement.ts";

const names = Array.from({ length: 2_000 }, (_, index) => `actor-${index}`);
const placeAll = (candidates: readonly string[]): (string | undefined)[] => {
  const placement = new HashPlacement(candidates);
  return names.map((name) => placement.choose(name));
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
    expect(new HashPlacement([]).choose("x")).toBeUndefined();
  });
});
