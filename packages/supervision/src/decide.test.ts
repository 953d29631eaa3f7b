import { describe, expect, it } from "vitest";
import { decide, type Picture } from "./decide.ts";
import { isConclusive } from "./rounds.ts";
import { type SingletonSpec, tombstone } from "./singleton-spec.ts";

const wanted: SingletonSpec = {
  name: "x",
  className: "X",
  fingerprint: "",
  isNamed: false,
  args: [],
  state: "wanted",
  revision: 3,
  stamp: [1, 0],
  origin: "a",
};
const removed = tombstone("x", { revision: 4, stamp: [2, 0], origin: "a" });
/** A node that has all reason to start it. */
const mine: Picture = {
  spec: wanted,
  hosted: undefined,
  isOwned: false,
  isReady: true,
  restMs: 0,
  isChosen: () => true,
};

describe("what a node does about one singleton", () => {
  it.each<[string, Partial<Picture>, string]>([
    ["claims what runs nowhere and is for it", {}, "claim"],
    ["leaves alone what somebody has", { isOwned: true }, "settled"],
    ["leaves alone what is for another node", { isChosen: () => false }, "homeless"],
    ["starts nothing before it knows what the members know, nor when it leaves", { isReady: false }, "homeless"],
    ["waits after a failure", { restMs: 50 }, "rest"],
    ["starts nothing that is not wanted", { spec: removed }, "settled"],
    ["starts nothing that was given up", { spec: { ...wanted, state: "failed" } }, "settled"],
    ["starts nothing that it knows nothing of", { spec: undefined }, "settled"],
    ["goes on hosting what it hosts", { hosted: wanted }, "settled"],
    ["goes on hosting what it hosts while it leaves", { hosted: wanted, isReady: false }, "settled"],
    ["stops what was removed", { hosted: wanted, spec: removed }, "stop"],
    ["stops what was given up", { hosted: wanted, spec: { ...wanted, state: "failed", revision: 4 } }, "stop"],
    ["stops what was removed and asked for again", { hosted: wanted, spec: { ...wanted, revision: 5 } }, "stop"],
    ["stops what lost to another class of the same revision", { hosted: { ...wanted, className: "Y" } }, "stop"],
  ])("%s", (_, picture, kind) => {
    expect(decide({ ...mine, ...picture }).kind).toBe(kind);
  });

  it("asks placement only when nothing else decides", () => {
    const isChosen = (): never => {
      throw new Error("asked");
    };
    for (const picture of [{ isOwned: true }, { isReady: false }, { restMs: 1 }, { spec: removed }])
      expect(() => decide({ ...mine, isChosen, ...picture })).not.toThrow();
  });
});

describe("a round's answers decide", () => {
  it.each([
    // Answered, silent, age, whether they do.
    [0, 0, 0, true],
    [4, 0, 1_000, true],
    [0, 1, 1_000, false],
    [1, 1, 1_000, true],
    [1, 2, 1_000, false],
    [2, 2, 1_000, true],
    [1, 3, 1_000, false],
    [4, 0, 1_501, false],
  ])("%i answered, %i silent, after %i ms: %s", (answered, silent, ageMs, decides) => {
    expect(isConclusive({ answered, silent, ageMs })).toBe(decides);
  });
});
