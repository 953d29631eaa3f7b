import { describe, expect, it } from "vitest";
import { NameCopies } from "./name-copies.ts";
import type { RegistryMessage } from "./registry-message.ts";

type Told = Extract<RegistryMessage, { kind: "delta" | "full" }>;

/** Copies of what one node says, whose membership is up to the test. */
function listening(limits: { readonly namesMax?: number } = {}) {
  const log: string[] = [];
  const turns: (() => void)[] = [];
  const membership: { incarnation: number | undefined } = { incarnation: 1 };
  const copies = new NameCopies({
    refused: (nodeId) => log.push(`refused ${nodeId}`),
    ...limits,
    incarnationOf: () => membership.incarnation,
    request: (nodeId) => log.push(`request ${nodeId}`),
    observe: () => {},
    settle: (name) => log.push(name),
    synced: (nodeId) => log.push(`synced ${nodeId}`),
    nextTurn: (callback) => turns.push(callback),
  });
  const known = (...names: readonly string[]): string[] =>
    names.filter((name) => copies.all.some((copy) => copy.find(name) !== undefined));
  return { copies, log, turns, membership, known };
}

const registrations = (names: readonly string[]) =>
  names.map((name) => ({ name, actorId: 1, epoch: 0, stamp: [1, 0] as const }));

const full = (version: number, names: readonly string[], isLast = true, part = 0): Told => ({
  kind: "full",
  incarnation: 1,
  version,
  part,
  isLast,
  registrations: registrations(names),
  classes: [],
});

const delta = (from: number, ...names: readonly string[]): Told => ({
  kind: "delta",
  incarnation: 1,
  from,
  changes: registrations(names).map((registration) => ({ kind: "taken", registration })),
  classes: [],
});

describe("copies of a member's names", () => {
  it("keep no more than there is room for, in a full state and in changes, and go on following", () => {
    const { copies, known, log } = listening({ namesMax: 3 });
    const all = ["one", "two", "three", "four", "five", "six"];
    copies.receive(full(4, all.slice(0, 4)), "a");
    expect(known(...all)).toEqual(["one", "two", "three"]);
    copies.receive(delta(4, "five", "one"), "a");
    expect(known(...all)).toEqual(["one", "two", "three"]);
    expect(log.filter((line) => line === "refused a")).toHaveLength(2);
    copies.receive({ ...delta(6), changes: [{ kind: "freed", name: "two" }] } as Told, "a");
    copies.receive(delta(7, "six"), "a");
    expect(known(...all)).toEqual(["one", "three", "six"]);
    expect(log).not.toContain("request a");
    // Told anew, what was refused has room where others are gone.
    copies.receive(full(8, ["four", "five"]), "a");
    expect(known(...all)).toContain("four");
  });

  it("[V10] take nothing that the member says between its death and the end of its link", () => {
    const { copies, membership, known, log } = listening();
    copies.receive(full(1, ["one"]), "a");
    membership.incarnation = undefined;
    copies.down("a");
    copies.receive(delta(1, "two"), "a");
    copies.receive(full(2, ["one", "two"]), "a");
    expect(known("one", "two")).toEqual([]);
    membership.incarnation = 2;
    copies.receive(full(3, ["three"]), "a");
    expect(known("one", "two", "three")).toEqual([]);
    expect(log).not.toContain("request a");
  });

  it("[Y1] give up the names of a member that is gone turn by turn, and know them to be gone at once", () => {
    const { copies, turns, log, known } = listening();
    const names = Array.from({ length: 2_500 }, (_, index) => `name-${index}`);
    copies.receive(full(1, names), "a");
    log.length = 0;
    copies.down("a");
    expect(log).toHaveLength(1_000);
    expect(copies.isEnding).toBe(true);
    expect(known("name-0", "name-2499")).toEqual([]);
    while (turns.length > 0) turns.shift()?.();
    expect(new Set(log)).toEqual(new Set(names));
    expect(copies.isEnding).toBe(false);
  });

  it("[Y1] keep what was told again as it was, and drop the rest at the end of the telling", () => {
    const { copies, log, known } = listening();
    copies.receive(full(2, ["one", "two"]), "a");
    const before = copies.get("a")?.find("one");
    copies.linked("a");
    copies.receive(full(5, ["one"], false), "a");
    expect(known("one", "two", "three")).toEqual(["one", "two"]);
    copies.receive(full(5, ["three"], true, 1), "a");
    expect(known("one", "two", "three")).toEqual(["one", "three"]);
    expect(copies.get("a")?.find("one")).toBe(before);
    expect(log.filter((line) => line === "synced a")).toHaveLength(2);
  });

  it.each([
    ["hardly begun", ["one"]],
    ["almost over", ["one", "two"]],
  ])("[V10] stay known when a telling that was %s is begun anew, until that one is over", (_what, toldFirst) => {
    const { copies, log, known } = listening();
    const all = ["one", "two", "three"];
    copies.receive(full(2, all), "a");
    copies.receive(full(5, toldFirst, false), "a");
    copies.receive(full(7, ["three"], false), "a");
    expect(known(...all)).toEqual(all);
    log.length = 0;
    copies.receive(full(7, [], true, 1), "a");
    expect(known(...all)).toEqual(["three"]);
    expect(log.sort()).toEqual(["one", "synced a", "two"]);
  });

  it("[V10] are complete no more once something was missed, until all names were told anew", () => {
    const { copies, log, known } = listening();
    const isComplete = (): boolean | undefined => copies.get("a")?.isComplete;
    copies.receive(full(2, ["one"]), "a");
    expect(isComplete()).toBe(true);
    for (const from of [3, 4]) copies.receive(delta(from, "two"), "a");
    expect(isComplete()).toBe(false);
    expect(log.filter((line) => line === "request a")).toHaveLength(1);
    copies.receive(full(6, ["one"], false), "a");
    // The second part is missing, and what follows is of no use.
    copies.receive(full(6, ["three"], false, 2), "a");
    copies.receive(full(6, ["two"], true, 1), "a");
    expect([isComplete(), known("one", "two", "three")]).toEqual([false, ["one"]]);
    copies.receive(full(8, ["one", "four"]), "a");
    expect([isComplete(), known("one", "two", "four")]).toEqual([true, ["one", "four"]]);
  });
});
