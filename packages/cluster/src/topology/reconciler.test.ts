import { createLog, type LogEvent } from "@foundation/actor";
import type { DiscoveryStrategy, PeerCandidate } from "@foundation/discovery";
import { formatAddress } from "@foundation/transport";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../../actor/src/testing/manual-time.ts";
import { reconcileIntervalMs } from "../cluster-options.ts";
import { Reconciler } from "./reconciler.ts";

const self = { cluster: "test", nodeId: "self", host: "self", port: 1 };

/** Answers when the test says so; by itself at once. */
class Scripted implements DiscoveryStrategy {
  readonly name: string;
  readonly calls: string[] = [];
  answer: () => Promise<readonly PeerCandidate[]> = async () => [];
  announcing: () => Promise<void> = async () => {};
  withdrawing: () => Promise<void> = async () => {};
  changed: (() => void) | undefined;

  constructor(name = "scripted") {
    this.name = name;
  }
  announce(): Promise<void> {
    this.calls.push("announce");
    return this.announcing();
  }
  discover(): Promise<readonly PeerCandidate[]> {
    this.calls.push("discover");
    return this.answer();
  }
  withdraw(): Promise<void> {
    this.calls.push("withdraw");
    return this.withdrawing();
  }
  onChange(listener: () => void): () => void {
    this.changed = listener;
    return () => {
      this.changed = undefined;
    };
  }
  get asked(): number {
    return this.calls.filter((call) => call === "discover").length;
  }
}

const never = <Value>(): Promise<Value> => new Promise(() => {});

describe("the search for peers", () => {
  let time: ManualTime;
  let logged: LogEvent[];
  let dialled: string[];
  let one: Scripted;
  let other: Scripted;
  let reconciler: Reconciler;

  beforeEach(() => {
    time = new ManualTime();
    logged = [];
    dialled = [];
    [one, other] = [new Scripted("one"), new Scripted("other")];
    const runtime = { ...time.runtime, log: createLog((event) => void logged.push(event), "debug") };
    reconciler = new Reconciler(runtime, [one, other], (addresses) => dialled.push(...addresses.map(formatAddress)));
  });

  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 30; turn++) await Promise.resolve();
  };
  const pass = async (ms: number): Promise<void> => {
    await turns();
    for (const end = time.now + ms; time.now < end; ) {
      time.advance(Math.min(100, end - time.now));
      await turns();
    }
  };
  const warnings = () => logged.map(({ event, fields }) => `${event}: ${fields.strategy}`);

  it("announces this node everywhere, then asks everywhere, and dials all others that are named", async () => {
    one.answer = async () => [
      { host: "self", port: 1, nodeId: "self" },
      { host: "self", port: 2, nodeId: "self" },
      { host: "b", port: 1 },
    ];
    other.answer = async () => [{ host: "c", port: 1, nodeId: "c" }];
    await reconciler.start(self);
    expect([one.calls, other.calls]).toEqual([
      ["announce", "discover"],
      ["announce", "discover"],
    ]);
    // Another address of its own id is an earlier life's, or another node's.
    expect(dialled).toEqual(["self:2", "b:1", "c:1"]);
  });

  it("goes on at every tick", async () => {
    await reconciler.start(self);
    await pass(reconcileIntervalMs - 10);
    expect(one.asked).toBe(1);
    await pass(10);
    expect([one.asked, other.asked]).toEqual([2, 2]);
    await pass(3 * reconcileIntervalMs);
    expect([one.asked, other.asked]).toEqual([5, 5]);
  });

  it("asks a strategy that does not answer again after a minute, and the others meanwhile", async () => {
    one.answer = never;
    const starting = reconciler.start(self);
    await pass(59_900);
    await starting;
    expect(one.asked).toBe(1);
    expect(other.asked).toBeGreaterThan(50_000 / reconcileIntervalMs);
    await pass(100 + reconcileIntervalMs);
    expect(one.asked).toBe(2);
  });

  it("holds a start for 2 s at most, and takes an answer that comes later", async () => {
    const late = Promise.withResolvers<readonly PeerCandidate[]>();
    one.answer = () => late.promise;
    let isStarted = false;
    const starting = reconciler.start(self).then(() => {
      isStarted = true;
    });
    await pass(1_900);
    expect(isStarted).toBe(false);
    await pass(100);
    await starting;
    late.resolve([{ host: "b", port: 1 }]);
    await turns();
    expect(dialled).toEqual(["b:1"]);
  });

  it("looks 10 ms after a change at what changed together", async () => {
    await reconciler.start(self);
    for (let i = 0; i < 3; i++) one.changed?.();
    await pass(5);
    expect(one.asked).toBe(1);
    await pass(10);
    expect(one.asked).toBe(2);
    await pass(reconcileIntervalMs);
    expect(one.asked).toBe(3);
  });

  it("says once a minute that a strategy fails in one way, and at once that it fails in another", async () => {
    one.answer = async () => {
      throw new Error("no such service");
    };
    await reconciler.start(self);
    await pass(59_000);
    expect(warnings()).toEqual(["discovery failed: one"]);
    one.answer = async () => {
      throw new Error("forbidden");
    };
    await pass(reconcileIntervalMs);
    expect(warnings()).toHaveLength(2);
    expect(logged[1]?.fields.why).toBe("Error: forbidden");
    await pass(60_000 + reconcileIntervalMs);
    expect(warnings()).toHaveLength(3);
  });

  it("ends with the node: nothing is asked, heard or dialled any more", async () => {
    const late = Promise.withResolvers<readonly PeerCandidate[]>();
    one.answer = () => late.promise;
    const starting = reconciler.start(self);
    await turns();
    reconciler.stop();
    await starting;
    expect([one.changed, other.changed, time.pending]).toEqual([undefined, undefined, 0]);
    late.resolve([{ host: "b", port: 1 }]);
    await pass(60_000);
    expect([one.asked, dialled]).toEqual([1, []]);
  });

  it("takes announcements back once, whatever a strategy does then", async () => {
    await reconciler.start(self);
    one.withdrawing = async () => {
      throw new Error("gone");
    };
    other.withdrawing = never;
    let isOver = false;
    const withdrawing = reconciler.withdraw().then(() => {
      isOver = true;
    });
    await pass(4_900);
    expect(isOver).toBe(false);
    await pass(100);
    await withdrawing;
    expect(warnings()).toEqual(["discovery failed: one", "discovery strategy does not answer: other"]);
    await reconciler.withdraw();
    expect(one.calls.filter((call) => call === "withdraw")).toHaveLength(1);
  });

  it("takes nothing back that was never announced", async () => {
    await reconciler.withdraw();
    expect([one.calls, other.calls]).toEqual([[], []]);
  });
});
