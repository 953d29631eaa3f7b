import { describe, expect, it } from "vitest";
import type { SpecVersion } from "./singleton-spec.ts";
import { digestPartOf, digestPartsCount, SpecDigest } from "./spec-digest.ts";

const version = (revision: number, origin = "n"): SpecVersion => ({ revision, stamp: [1_000, 0], origin });

function digestOf(...versions: readonly (readonly [name: string, version: SpecVersion])[]): SpecDigest {
  const digest = new SpecDigest();
  for (const [name, each] of versions) digest.toggle(name, each, 0);
  return digest;
}

describe("the digest of specs", () => {
  it("is the same in any order, and for those that are taken away again", () => {
    const one = digestOf(["x", version(1)], ["y", version(2)], ["z", version(1)], ["z", version(1)]);
    expect(digestOf(["y", version(2)], ["x", version(1)]).sums()).toEqual(one.sums());
    expect(digestOf(["z", version(1)], ["z", version(1)]).sums()).toEqual(new SpecDigest().sums());
  });

  it.each<[string, SpecVersion]>([
    ["revision", version(2)],
    ["origin", version(1, "m")],
    ["stamp", { ...version(1), stamp: [1_000, 1] }],
  ])("tells of another %s in the part of that name only", (_, other) => {
    const mine = digestOf(["x", version(1)], ["y", version(1)]);
    const theirs = digestOf(["x", other], ["y", version(1)]);
    expect(mine.differences(theirs.sums(), 5_000)).toEqual([digestPartOf("x")]);
  });

  it("does not compare a part within a second of its last change", () => {
    const mine = digestOf(["x", version(1)]);
    const theirs = new SpecDigest().sums();
    mine.toggle("x", version(1), 10_000);
    mine.toggle("x", version(2), 10_000);
    expect(mine.differences(theirs, 10_999)).toEqual([]);
    expect(mine.differences(theirs, 11_000)).toEqual([digestPartOf("x")]);
  });

  it("divides names evenly", () => {
    const counts = new Array<number>(digestPartsCount).fill(0);
    for (let index = 0; index < 6_400; index++) {
      const part = digestPartOf(`session-${index}`);
      counts[part] = (counts[part] ?? 0) + 1;
    }
    expect(Math.max(...counts)).toBeLessThan(200);
    expect(Math.min(...counts)).toBeGreaterThan(30);
  });
});
