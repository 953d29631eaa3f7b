import { beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../actor/src/testing/manual-time.ts";
import { NameWaiters } from "./name-waiters.ts";
import { SingletonRemovals } from "./singleton-removals.ts";
import { type SingletonSpec, tombstone } from "./singleton-spec.ts";
import { SpecTable } from "./spec-table.ts";
import type { SupervisionMessage } from "./supervision-message.ts";

const settings = { restart: "permanent", shutdownMs: 5_000, startMs: 30_000, intensity: 3, periodMs: 5_000 } as const;
const backoff = { minMs: 50, maxMs: 10_000, factor: 2, jitter: 0 };

function wanted(name: string, revision: number): SingletonSpec {
  const version = { revision, stamp: [revision, 0], origin: "b" } as const;
  const content = { className: "Thing", fingerprint: "", isNamed: false, args: [], settings: { ...settings, backoff } };
  return { name, ...content, ...version, state: "wanted" };
}

describe("removals, as node a sees them", () => {
  let time: ManualTime;
  let table: SpecTable;
  let removals: SingletonRemovals;
  /** What runs here, with the revision that it was asked for in. */
  let hosts: Map<string, number>;
  let said: { readonly to: readonly string[]; readonly message: SupervisionMessage }[];
  let told: string[];

  beforeEach(() => {
    time = new ManualTime();
    // For the end of the turn, as in a real runtime.
    const runtime = { ...time.runtime, microtask: queueMicrotask };
    table = new SpecTable({ now: () => time.now, bytesOf: () => 400 });
    hosts = new Map();
    said = [];
    told = [];
    removals = new SingletonRemovals({
      runtime,
      registry: { holder: () => undefined },
      table,
      starts: {
        isHosting: (name, before = 0) => hosts.has(name) && (before === 0 || (hosts.get(name) ?? 0) < before),
        startingOn: () => undefined,
        starterOf: () => undefined,
      },
      waiters: new NameWaiters(runtime),
      protocol: {
        send: (to, message) => said.push({ to: [to], message }) > 0,
        multicast: (to, message) => said.push({ to: [...to], message }),
      },
      bytesPerMessageMax: 10_000,
      nodeId: "a",
      view: { members: () => ({ all: ["b", "c"], voters: new Set(["b", "c"]) }) },
      isOnItsWay: () => false,
      tellOf: (names, nodeId) => void told.push(`${names} to ${nodeId}`),
      bury: (name, { version }) => {
        const revision = Math.max(table.get(name)?.revision ?? 0, version?.revision ?? 0) + 1;
        table.put(tombstone(name, { revision, stamp: [revision, 0], origin: "a" }));
      },
    });
  });

  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const questions = (): string[] =>
    said.flatMap(({ message: { removing, headers } }) =>
      removing === undefined ? [] : [`${removing.names.join()} with ${headers?.map(({ state }) => state).join()}`],
    );
  const hear = (nodeId: string, message: SupervisionMessage): void => removals.received(message, nodeId);
  const answer = (nodeId: string, token: number, hosted: [number, number][] = []): void =>
    hear(nodeId, { removed: { token, known: [], hosted } });

  it("are told with the question, one for all of a turn", async () => {
    table.put(wanted("x", 1));
    const ends = ["x", "y", "x"].map((name) => removals.remove(name, 10_000));
    await turn();
    expect(said.map(({ to }) => to)).toEqual([["b", "c"]]);
    expect(questions()).toEqual(["x,2,y,0 with removed"]);
    for (const nodeId of ["b", "c"]) answer(nodeId, 1);
    expect(await Promise.all(ends)).toEqual([{ had: true }, { had: false }, { had: true }]);
  });

  it("bury what they learn, and ask about that again, until nobody knows more", async () => {
    const end = removals.remove("x", 10_000);
    await turn();
    expect(removals.learned("x", wanted("x", 1), false)).toBe(true);
    for (const nodeId of ["b", "c"]) answer(nodeId, 1);
    await turn();
    expect(questions()).toEqual(["x,0 with ", "x,2 with removed"]);
    answer("b", 2, [[0, 1]]);
    answer("c", 2);
    // Nothing more is learned, and it still stops on b.
    expect(removals.learned("x", wanted("x", 5), false)).toBe(false);
    hear("c", { ended: [["x"]] });
    await turn();
    const seen: unknown[] = [];
    void end.then((outcome) => seen.push(outcome));
    await turn();
    expect(seen).toEqual([]);
    hear("b", { ended: [["x"]] });
    expect(await end).toEqual({ had: true });
  });

  it("leave alone what is asked for here after them", async () => {
    table.put(wanted("x", 1));
    hosts.set("x", 1);
    const end = removals.remove("x", 10_000);
    removals.close("x");
    table.put(wanted("x", 3));
    await turn();
    for (const nodeId of ["b", "c"]) answer(nodeId, 1);
    expect(table.get("x")?.state).toBe("wanted");
    hosts.set("x", 3);
    removals.endedHere("x");
    expect(await end).toEqual({ had: true });
  });

  it("that come too late say what still stops, or who may run it", async () => {
    table.put(wanted("x", 1));
    const ends = ["x", "y"].map((name) => removals.remove(name, 3_000));
    await turn();
    answer("b", 1, [[0, 1]]);
    time.advance(500);
    removals.linked("b");
    time.advance(2_500);
    expect(await Promise.all(ends)).toEqual([{ pending: "it is removed, and still stops on b" }, { had: false }]);
    const unknown = removals.remove("z", 3_000);
    await turn();
    time.advance(3_000);
    expect(await unknown).toEqual({ pending: "no answer from b, c, which may run it" });
  });

  it("of others are answered with what runs here, and with what they do not know", () => {
    table.put(wanted("known", 3));
    hosts.set("runs", 1).set("newer", 4);
    table.put(wanted("newer", 4));
    const names = [
      ["known", 1],
      ["runs", 2],
      ["newer", 2],
      ["nothing", 0],
    ] as const;
    hear("b", { removing: { token: 7, names } });
    expect(told).toEqual(["known,newer to b"]);
    expect(said).toEqual([{ to: ["b"], message: { removed: { token: 7, known: [0, 2], hosted: [[1, 0]] } } }]);
  });
});
