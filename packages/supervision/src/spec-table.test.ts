import { describe, expect, it } from "vitest";
import { batches } from "./message-batches.ts";
import { type SingletonSpec, tombstone } from "./singleton-spec.ts";
import { SpecPulls } from "./spec-pulls.ts";
import { SpecTable, tombstoneMs, tombstonesMax } from "./spec-table.ts";

const spec = (name: string, version: Partial<SingletonSpec> = {}): SingletonSpec => ({
  name,
  className: "X",
  fingerprint: "",
  isNamed: false,
  args: ["large"],
  state: "wanted",
  revision: 1,
  stamp: [100, 0],
  origin: "b",
  ...version,
});

function tableAt(clock: { now: number } = { now: 0 }): SpecTable {
  return new SpecTable({ now: () => clock.now, bytesOf: ({ args }) => 10 + args.length * 100 });
}

describe("the table of specs", () => {
  it.each<[string, Partial<SingletonSpec>]>([
    ["the higher revision", { revision: 2, stamp: [900, 0], origin: "z" }],
    ["the earlier stamp", { stamp: [99, 7], origin: "z" }],
    ["the origin that comes first", { origin: "a" }],
  ])("keeps of two versions %s, in any order", (_, better) => {
    for (const order of [
      [{}, better],
      [better, {}],
    ]) {
      const table = tableAt();
      for (const version of order) table.put(spec("x", version));
      expect(table.get("x")).toEqual(spec("x", better));
    }
  });

  it("takes no more singletons than there is room for; removed ones, and newer versions of known ones, all the same", () => {
    const table = new SpecTable({ now: () => 0, bytesOf: () => 1, countMax: 2 });
    expect(["x", "y", "z"].map((name) => table.put(spec(name)))).toEqual([true, true, false]);
    expect([table.hasRoomFor("x"), table.hasRoomFor("z")]).toEqual([true, false]);
    expect(table.put(spec("x", { revision: 2 }))).toBe(true);
    expect(table.put(tombstone("z", spec("z")))).toBe(true);
    expect(table.put(spec("z", { revision: 2 }))).toBe(false);
    expect(table.put(tombstone("y", spec("y", { revision: 2 })))).toBe(true);
    expect(table.put(spec("z", { revision: 2 }))).toBe(true);
    expect([...table.specs()].filter(({ state }) => state === "wanted").map(({ name }) => name)).toEqual(["x", "z"]);
  });

  it("[Y15] [Y23] starts a name that was forgotten above its earlier epochs, and others where they were", () => {
    const table = tableAt();
    table.put(spec("known"));
    table.raiseEpoch("known", 2);
    table.put(spec("x"));
    table.raiseEpoch("x", 7);
    table.put(tombstone("x", spec("x", { revision: 2 })));
    expect(table.nextEpoch("x")).toBe(8);
    for (let index = 0; index < tombstonesMax; index++) table.put(tombstone(`other-${index}`, spec("other")));
    expect(table.get("x")).toBeUndefined();
    expect(table.epoch("x")).toBe(0);
    expect(table.nextEpoch("x")).toBe(8);
    table.put(spec("x"));
    expect([table.nextEpoch("x"), table.nextEpoch("known")]).toEqual([8, 3]);
    table.raiseEpoch("x", 8);
    expect(table.nextEpoch("x")).toBe(9);
  });

  it("[Y23] starts a name above epochs of it that were forgotten because too many names had one", () => {
    const table = tableAt();
    table.raiseEpoch("first", 5);
    for (let index = 0; index < 10_000; index++) table.raiseEpoch(`stray-${index}`, 1);
    expect([table.epoch("first"), table.nextEpoch("first")]).toEqual([0, 6]);
  });

  it("[Y15] keeps nothing of a removed singleton but that it is gone, and its epoch", () => {
    const table = tableAt();
    table.put(spec("x"));
    table.raiseEpoch("x", 4);
    expect(table.put(spec("x", { state: "removed", revision: 2 }))).toBe(true);
    expect(table.get("x")).toEqual(tombstone("x", { revision: 2, stamp: [100, 0], origin: "b" }));
    expect(table.header("x")).toMatchObject({ state: "removed", bytes: 10, epoch: 4 });
    expect(table.put(spec("x"))).toBe(false);
  });

  it("[Y15] remembers the last 10,000 of them, each for a day", () => {
    const clock = { now: 0 };
    const table = tableAt(clock);
    for (let index = 0; index < 2 * tombstonesMax; index++) {
      table.put(spec(`session-${index}`));
      table.put(spec(`session-${index}`, { state: "removed", revision: 2 }));
    }
    expect(table.size).toBe(tombstonesMax);
    expect(table.get(`session-${tombstonesMax - 1}`)).toBeUndefined();
    expect(table.get(`session-${tombstonesMax}`)?.state).toBe("removed");
    table.put(spec("living"));
    clock.now = tombstoneMs + 1;
    table.put(spec("last", { state: "removed" }));
    expect([...table.specs()].map(({ name }) => name)).toEqual(["living", "last"]);
  });

  it("does not forget one that was asked for again since", () => {
    const clock = { now: 0 };
    const table = tableAt(clock);
    table.put(spec("x", { state: "removed" }));
    table.put(spec("x", { revision: 2 }));
    clock.now = 2 * tombstoneMs;
    table.put(spec("y", { state: "removed" }));
    expect(table.get("x")?.state).toBe("wanted");
  });

  it("keeps epochs that come before their specs, a bounded number of them", () => {
    const table = tableAt();
    table.raiseEpoch("x", 5);
    table.raiseEpoch("x", 3);
    table.put(spec("x"));
    expect(table.epoch("x")).toBe(5);
    table.raiseEpoch("stray", 9);
    for (let index = 0; index < 10_000; index++) table.raiseEpoch(`other-${index}`, 1);
    expect(table.epoch("stray")).toBe(0);
    expect(table.epoch("other-9999")).toBe(1);
  });
});

describe("messages", () => {
  it("[Y1] are cut by number and by bytes; what is larger goes alone", () => {
    const sizes = [10, 10, 10, 90, 10, 500, 10];
    const cut = (itemsMax: number, bytesMax: number): number[][] => [
      ...batches(sizes, { itemsMax, bytesMax }, (size) => size),
    ];
    expect(cut(2, 1_000)).toEqual([[10, 10], [10, 90], [10, 500], [10]]);
    expect(cut(9, 100)).toEqual([[10, 10, 10], [90, 10], [500], [10]]);
    expect([...batches([], { itemsMax: 1, bytesMax: 1 }, () => 1)]).toEqual([]);
  });
});

describe("specs that are asked for", () => {
  const offer = (name: string, bytes: number, isWanted = true) => ({ name, bytes, isWanted: () => isWanted });

  it("[Y1] come in portions, one request a member at a time, and each from one member", () => {
    const pulls = new SpecPulls();
    for (let index = 0; index < 10; index++)
      for (const node of ["a", "b"]) pulls.offer(node, offer(`x-${index}`, 100_000));
    const first = [...pulls.next()];
    expect(first).toEqual([
      ["a", ["x-0", "x-1"]],
      ["b", ["x-2", "x-3"]],
    ]);
    expect([...pulls.next()]).toEqual([]);
    pulls.given("a");
    expect([...pulls.next()]).toEqual([["a", ["x-4", "x-5"]]]);
    expect(pulls.isSettled("a")).toBe(false);
  });

  it("are asked of another member when the first is gone, and not at all when they have come", () => {
    const pulls = new SpecPulls();
    pulls.offer("a", offer("x", 10));
    pulls.offer("b", offer("x", 10));
    pulls.offer("b", offer("known", 10, false));
    expect([...pulls.next()]).toEqual([["a", ["x"]]]);
    pulls.gone("a");
    expect([...pulls.next()]).toEqual([["b", ["x"]]]);
    pulls.given("b");
    expect(pulls.isSettled("b")).toBe(true);
  });
});
