import { beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../actor/src/testing/manual-time.ts";
import { type Electorate, isConclusive, type RoundEnd, Rounds } from "./rounds.ts";
import type { Objection } from "./supervision-message.ts";

describe("a round of questions before starts", () => {
  let time: ManualTime;
  let rounds: Rounds;
  let ends: RoundEnd[];

  beforeEach(() => {
    time = new ManualTime();
    rounds = new Rounds(time.runtime);
    ends = [];
  });

  /** Begins a round about these names. @returns its token. */
  function begin(names: readonly string[], electorate: Partial<Electorate> = {}): number {
    let token = 0;
    rounds.begin({
      names: names.map((name) => [name, 1, 0]),
      electorate: { members: ["a", "b", "c"], doubts: [], unlinked: new Set(), ...electorate },
      ask: (question) => {
        token = question.token;
      },
      done: (end) => void ends.push(end),
    });
    return token;
  }

  function answer(nodeId: string, token: number, objections: Objection[] = [], reached: string[] = []): void {
    rounds.answered(nodeId, { token, objections, reached });
  }

  it("ends when the last member has answered, and leaves no timer", () => {
    const token = begin(["x"]);
    time.advance(100);
    for (const nodeId of ["a", "b", "b", "stranger"]) answer(nodeId, token);
    expect([ends, rounds.has("x"), time.pending]).toEqual([[], true, 1]);
    answer("c", token);
    expect(ends).toMatchObject([{ names: ["x"], silent: 0, answered: 3, ageMs: 100 }]);
    expect([...(ends[0]?.objections ?? [])]).toEqual([]);
    expect([rounds.has("x"), time.pending]).toEqual([false, 0]);
    time.advance(5_000);
    answer("a", token);
    expect(ends).toHaveLength(1);
  });

  it("ends at once where there is nobody to ask, or no question can be sent", () => {
    begin(["x"], { members: [] });
    begin(["y"], { members: ["a"], doubts: ["a"], unlinked: new Set(["a"]) });
    expect(ends).toMatchObject([
      { names: ["x"], silent: 0, answered: 0 },
      { names: ["y"], silent: 1, answered: 0 },
    ]);
    expect(time.pending).toBe(0);
  });

  it("ends after a second without those that are silent", () => {
    const token = begin(["x"]);
    answer("a", token);
    time.advance(990);
    expect(ends).toEqual([]);
    time.advance(10);
    expect(ends).toMatchObject([{ silent: 2, answered: 1, ageMs: 1_000 }]);
  });

  it("waits for no doubtful member that another one reaches, and counts it as heard", () => {
    const token = begin(["x"], { doubts: ["c"] });
    answer("a", token, [], ["b", "c"]);
    // b is asked itself: only doubts can be vouched for.
    expect(ends).toEqual([]);
    answer("b", token);
    expect(ends).toMatchObject([{ silent: 0, answered: 2 }]);
  });

  it("keeps the first objection to each name, and drops those to none of its names", () => {
    const token = begin(["x", "y"], { members: ["a", "b"] });
    answer("a", token, [
      { at: 1, why: "hosted" },
      { at: 2, why: "hosted" },
    ]);
    answer("b", token, [
      { at: 0, why: "outdated" },
      { at: 1, why: "outdated" },
    ]);
    expect([...(ends[0]?.objections ?? [])]).toEqual([
      ["y", { at: 1, why: "hosted" }],
      ["x", { at: 0, why: "outdated" }],
    ]);
  });

  it("yields a name to a member that goes first, and no other", () => {
    const token = begin(["x", "y"], { members: ["a"] });
    rounds.yieldTo("y", "b");
    rounds.yieldTo("z", "b");
    answer("a", token);
    expect([...(ends[0]?.objections ?? [])]).toEqual([["y", { at: 0, why: "claimed", by: "b" }]]);
  });

  it("does not wait for a member that is gone, and does not count it as asked", () => {
    const token = begin(["x"], { members: ["a", "b"] });
    answer("a", token);
    rounds.gone("b");
    expect(ends).toMatchObject([{ silent: 0, answered: 1 }]);
    expect([...(ends[0]?.asked ?? [])]).toEqual(["a"]);
  });

  it("asks a member again whose link is new, unless it has answered", () => {
    const token = begin(["x"]);
    answer("a", token);
    expect(rounds.questionsFor("a")).toEqual([]);
    expect(rounds.questionsFor("b")).toEqual([{ token, names: [["x", 1, 0]], doubts: [] }]);
    begin(["y"]);
    expect(rounds.questionsFor("b").map(({ names }) => names[0]?.[0])).toEqual(["x", "y"]);
  });

  it("ends without a result when the node stops", () => {
    const token = begin(["x"]);
    rounds.stop();
    for (const nodeId of ["a", "b", "c"]) answer(nodeId, token);
    time.advance(5_000);
    expect([ends, rounds.has("x"), time.pending]).toEqual([[], false, 0]);
  });
});

describe("what a round brought", () => {
  it.each([
    ["all have answered", { answered: 0, silent: 0, ageMs: 10 }, true],
    ["those who agree, the asker included, outnumber the silent", { answered: 2, silent: 2, ageMs: 1_000 }, true],
    ["as many are silent as agree", { answered: 1, silent: 2, ageMs: 1_000 }, false],
    ["the answers still hold", { answered: 3, silent: 0, ageMs: 1_500 }, true],
    ["the answers are too old", { answered: 3, silent: 0, ageMs: 1_501 }, false],
  ])("decides where %s: %o %o", (_what, end, is) => {
    expect(isConclusive(end)).toBe(is);
  });
});
