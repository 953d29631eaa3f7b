import { beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../actor/src/testing/manual-time.ts";
import { type Removal, RemovalWaves } from "./removal-waves.ts";

describe("a wave of questions about removals", () => {
  let time: ManualTime;
  let waves: RemovalWaves;
  let asked: { readonly members: readonly string[]; readonly token: number; readonly names: readonly string[] }[];
  /** What all have answered, with the version that they were asked about. */
  let answered: string[];
  let owners: Map<string, string>;

  beforeEach(() => {
    time = new ManualTime();
    asked = [];
    answered = [];
    owners = new Map();
    waves = new RemovalWaves({
      runtime: time.runtime,
      limits: { itemsMax: 2, bytesMax: 10_000 },
      revision: () => 4,
      ask: (members, { token, names }) =>
        void asked.push({ members: [...members], token, names: names.map(([name]) => name) }),
      ownerOf: (name) => owners.get(name),
      answered: ({ name }, revision) => void answered.push(`${name}@${revision}`),
    });
  });

  const removalOf = (name: string, had = false): Removal => ({
    name,
    had,
    isOpen: true,
    revision: 0,
    asking: 0,
    isOutdated: false,
    epoch: 0,
    hosts: new Set(),
    wasFree: false,
    isOver: false,
    callers: 1,
  });

  function ask(removals: readonly Removal[], members: readonly string[] = ["a", "b"], voters = members): void {
    waves.ask(removals, members, new Set(voters));
  }

  function answer(nodeId: string, token: number, known: number[] = [], hosted: [number, number][] = []): void {
    waves.received({ token, known, hosted }, nodeId);
  }

  it("is one for as many names as a message takes, and each member", () => {
    ask(["x", "y", "z"].map((name) => removalOf(name)));
    expect(asked).toEqual([
      { members: ["a", "b"], token: 1, names: ["x", "y"] },
      { members: ["a", "b"], token: 2, names: ["z"] },
    ]);
  });

  it("is over when the last member has answered, or at once without any, and leaves no timer", () => {
    ask([removalOf("x"), removalOf("y")]);
    for (const nodeId of ["a", "a", "stranger"]) answer(nodeId, 1);
    expect([answered, time.pending]).toEqual([[], 1]);
    answer("b", 1);
    expect([answered, time.pending]).toEqual([["x@4", "y@4"], 0]);
    ask([removalOf("z")], []);
    expect([answered.at(-1), asked.length]).toEqual(["z@4", 1]);
  });

  it("notes who knows a name, and who runs it under which epoch, until that one answers anew", () => {
    const [x, y] = [removalOf("x"), removalOf("y")];
    ask([x, y]);
    answer("a", 1, [0], [[1, 7]]);
    answer("b", 1, [499], [[498, 1]]);
    expect([x.had, [...x.hosts], y.had, [...y.hosts], y.epoch]).toEqual([true, [], true, ["a"], 7]);
    ask([y], ["a"]);
    answer("a", 2);
    expect([y.had, [...y.hosts]]).toEqual([true, []]);
  });

  it("is repeated on a new link to a member that has not answered, and to no other", () => {
    ask([removalOf("x")]);
    answer("a", 1);
    for (const nodeId of ["a", "b"]) waves.linked(nodeId);
    expect(asked.slice(1)).toEqual([{ members: ["b"], token: 1, names: ["x"] }]);
  });

  it("does not wait for a member that is gone", () => {
    ask([removalOf("x")]);
    answer("a", 1);
    waves.memberGone("b");
    expect([answered, time.pending]).toEqual([["x@4"], 0]);
  });

  it("goes on after a second without silent members, where those that answered outnumber them", () => {
    ask([removalOf("x"), removalOf("y")]);
    answer("a", 1);
    owners.set("y", "b");
    time.advance(999);
    expect(answered).toEqual([]);
    time.advance(1);
    // The silent one runs y, as far as is known.
    expect(answered).toEqual(["x@4"]);
    answer("b", 1);
    expect(answered).toEqual(["x@4", "y@4"]);
  });

  it("where they do not, goes on with what was there for certain only", () => {
    const [x, y] = [removalOf("x"), removalOf("y", true)];
    ask([x, y]);
    time.advance(1_000);
    expect([answered, waves.silent(x), waves.silent(y)]).toEqual([["y@4"], ["a", "b"], []]);
  });

  it("does not count members that leave among the silent, nor among those that answer", () => {
    ask([removalOf("x")], ["a", "b"], ["b"]);
    answer("a", 1);
    time.advance(1_000);
    expect(answered).toEqual([]);
    ask([removalOf("y")], ["a", "b"], ["b"]);
    answer("b", 2);
    time.advance(1_000);
    expect(answered).toEqual(["y@4"]);
  });

  it("is dropped with its last caller, once members had their time to answer", () => {
    const x = removalOf("x");
    ask([x], ["a"]);
    x.callers = 0;
    waves.drop(x);
    expect([x.asking, waves.silent(x)]).toEqual([1, ["a"]]);
    time.advance(1_000);
    expect([x.asking, waves.silent(x), answered]).toEqual([0, [], []]);
    const y = removalOf("y");
    ask([y], ["a"]);
    time.advance(1_000);
    y.callers = 0;
    waves.drop(y);
    expect([y.asking, waves.silent(y), time.pending]).toEqual([0, [], 0]);
  });

  it("leaves no timer when all is stopped", () => {
    ask([removalOf("x")]);
    waves.stop();
    answer("a", 1);
    answer("b", 1);
    expect([answered, time.pending]).toEqual([[], 0]);
  });
});
