// The discovery contract is worth something only if it finds what is wrong: each of these faults has to fail a case.
import type { Announcement, DiscoveryStrategy, PeerCandidate } from "@foundation/discovery";
import { describe, expect, it } from "vitest";
import {
  type DiscoverySubject,
  describeContract,
  discoveryContract,
  SeededRandom,
  SimulatedRuntime,
  TestTime,
  VirtualTime,
} from "../index.ts";

/** What a strategy in these tests does wrong. */
interface Faults {
  readonly emptyInsteadOfError?: boolean;
  readonly staysBroken?: boolean;
  readonly remembersTheGone?: boolean;
  readonly pageSize?: number;
  readonly brackets?: boolean;
  readonly oneListForAll?: boolean;
  readonly keepsListeners?: boolean;
  readonly removesTheNext?: boolean;
  readonly addsASecondRecord?: boolean;
  readonly givesWrongIds?: boolean;
  readonly failsOnStale?: boolean;
}

/** A place where nodes are listed, and strategies that ask it. */
function listing(faults: Faults): DiscoverySubject {
  const time = new VirtualTime();
  const runtime = new SimulatedRuntime(time, new SeededRandom(1), () => {});
  const clock = new TestTime(time, () => "");
  const records: (PeerCandidate & { nodeId: string; isStale?: boolean })[] = [];
  const listeners = new Set<() => void>();
  const state = { isBroken: false, delayMs: 0 };
  const shared: PeerCandidate[] = [];
  const change = (): void => {
    for (const listener of listeners) runtime.nextTurn(listener);
  };
  class Listed implements DiscoveryStrategy {
    readonly name = "listed";
    readonly #seen = new Map<string, PeerCandidate>();
    #self: Announcement | undefined;
    #hasFailed = false;

    async announce(self: Announcement): Promise<void> {
      this.#self = self;
      const earlier = records.findIndex((each) => each.nodeId === self.nodeId);
      if (earlier >= 0 && !faults.addsASecondRecord) records.splice(earlier, 1);
      records.push({ nodeId: self.nodeId, host: self.host, port: self.port });
      change();
    }
    async discover(): Promise<readonly PeerCandidate[]> {
      if (state.delayMs > 0) await new Promise<void>((resolve) => runtime.setTimer(state.delayMs, resolve));
      if (state.isBroken || (faults.staysBroken && this.#hasFailed)) {
        this.#hasFailed = true;
        if (faults.emptyInsteadOfError) return [];
        throw new Error("the listing does not answer");
      }
      if (faults.failsOnStale && records.some((each) => each.isStale)) throw new Error("cannot read a record");
      const found = records.slice(0, faults.pageSize).map(({ nodeId, host, port }) => ({
        nodeId: faults.givesWrongIds ? `${nodeId}!` : nodeId,
        host: faults.brackets && host.includes(":") ? `[${host}]` : host,
        port,
      }));
      if (faults.oneListForAll) {
        shared.splice(0, shared.length, ...found);
        return shared;
      }
      if (!faults.remembersTheGone) return found;
      for (const each of found) this.#seen.set(each.nodeId, each);
      return [...this.#seen.values()];
    }
    onChange(listener: () => void): () => void {
      listeners.add(listener);
      return () => void (faults.keepsListeners || listeners.delete(listener));
    }
    async withdraw(): Promise<void> {
      const self = this.#self;
      const own = records.findIndex(
        (each) => each.nodeId === self?.nodeId && (faults.removesTheNext || each.port === self.port),
      );
      if (own >= 0) records.splice(own, 1);
      change();
    }
  }
  return {
    runtime,
    strategy: () => new Listed(),
    settle: (work) => clock.settle(work),
    backend: {
      add: async (peers) => {
        records.push(...peers);
        change();
      },
      remove: async (peers) => {
        for (const { nodeId } of peers)
          records.splice(
            records.findIndex((each) => each.nodeId === nodeId),
            1,
          );
        change();
      },
      addStale: async (peer) => void records.push({ ...peer, isStale: true }),
      setBroken: async (isBroken) => void (state.isBroken = isBroken),
      setDelay: async (delayMs) => void (state.delayMs = delayMs),
    },
  };
}

describeContract(discoveryContract({ name: "a listing without faults", create: async () => listing({}) }), {
  describe,
  it,
});

describe("the discovery contract", () => {
  it.each<[string, Faults, RegExp]>([
    ["shows an error as an empty list", { emptyInsteadOfError: true }, /says that it got no answer/],
    ["does not recover from an error", { staysBroken: true }, /recovers by itself/],
    ["remembers those who are gone", { remembersTheGone: true }, /no longer names a peer that is gone|10 times/],
    ["reads the first page only", { pageSize: 100 }, /finds all of 1000 peers/],
    ["puts brackets around IPv6", { brackets: true }, /IPv6/],
    ["changes what it has answered before", { oneListForAll: true }, /leaves earlier answers as they were/],
    ["tells who listens no more", { keepsListeners: true }, /as long as they listen/],
    ["withdraws the next life's record", { removesTheNext: true }, /a late withdraw leaves alone/],
    ["keeps the earlier life's record", { addsASecondRecord: true }, /replaces what an earlier life/],
    ["gives wrong ids", { givesWrongIds: true }, /finds the peers there are/],
    ["fails where a stale record is", { failsOnStale: true }, /beside the record of a dead one/],
  ])("notices a strategy that %s", async (_fault, faults, noticedBy) => {
    const failed: string[] = [];
    const { cases } = discoveryContract({ name: "faulty", create: async () => listing(faults) });
    const meant = cases.filter(({ name }) => noticedBy.test(name));
    for (const { name, run } of meant) await run().catch(() => failed.push(name));
    expect(meant.length).toBeGreaterThan(0);
    expect(failed).toEqual(meant.map(({ name }) => name));
  });

  it("skips what cannot be checked, with the reason, and asks for a reason", async () => {
    const create = async (): Promise<DiscoverySubject> => {
      const subject = listing({});
      return { ...subject, backend: { add: subject.backend.add } };
    };
    const { cases } = discoveryContract({ name: "lacking", create, cannot: { slow: "it is always quick" } });
    expect(cases.filter(({ skip }) => skip === "it is always quick")).toHaveLength(1);
    const failing = cases.find(({ name }) => name.includes("no answer"));
    await expect(failing?.run()).rejects.toThrow("the backend has no setBroken; give it one, or say in cannot.fail");
  });

  it("makes tests of its cases, and skipped tests that show why", () => {
    const seen: string[] = [];
    const run = (name: string): void => void seen.push(name);
    const runner = {
      describe: (name: string, body: () => void): void => {
        seen.push(name);
        body();
      },
      it: Object.assign(run, { skip: (name: string): void => void seen.push(`skip ${name}`) }),
    };
    describeContract(
      {
        name: "two cases",
        cases: [
          { name: "one", skip: undefined, run: async () => {} },
          { name: "two", skip: "no reason", run: async () => {} },
        ],
      },
      runner,
    );
    expect(seen).toEqual(["two cases", "one", "skip two (skipped: no reason)"]);
  });
});
