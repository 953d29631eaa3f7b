import type { Runtime } from "@foundation/actor";
import type { OptionTable } from "@foundation/actor/spi";
import type { DiscoveryStrategy } from "@foundation/discovery";
import { CaseTime, type Contract } from "./contract.ts";
import { contractTable } from "./contract-options.ts";
import { DiscoveryBench } from "./discovery-bench.ts";
import { discoveryCases } from "./discovery-cases.ts";

/** A node that discovery may find. */
export interface DiscoverablePeer {
  readonly nodeId: string;
  readonly host: string;
  readonly port: number;
}

/** The outside world of a discovery strategy, in the hands of the contract: what it asks, with everything that can go wrong. */
export interface DiscoveryBackend {
  /** Makes peers findable, by whatever way they would be published. */
  add(peers: readonly DiscoverablePeer[]): Promise<void>;
  /** Takes what {@link add} has published back. */
  remove?(peers: readonly DiscoverablePeer[]): Promise<void>;
  /** Leaves a record of a peer that ended without taking it back. */
  addStale?(peer: DiscoverablePeer): Promise<void>;
  /** While broken, no question is answered. */
  setBroken?(isBroken: boolean): Promise<void>;
  /** Every answer takes this long from now on. Milliseconds of the subject's time. */
  setDelay?(delayMs: number): Promise<void>;
}

/** A strategy under test. Made anew for each case. */
export interface DiscoverySubject {
  /** The time of everything below. */
  readonly runtime: Runtime;
  readonly backend: DiscoveryBackend;
  /** Makes the strategy of one more node. All of them ask the same backend. */
  strategy(): DiscoveryStrategy;
  /** Lets virtual time pass until `work` settles. Left out: time is real. */
  settle?<T>(work: Promise<T>): Promise<T>;
  /** Gives up what `create` has made. */
  dispose?(): Promise<void>;
}

/**
 * What a strategy may be unable to do: `announce` itself, `replace` what an earlier life has announced, notice a `change`,
 * `notify` of one; what its backend may not: leave `stale` records, `fail`, be `slow`.
 */
export type DiscoveryAbility = "announce" | "replace" | "change" | "notify" | "stale" | "fail" | "slow";

/** Settings of {@link discoveryContract}. */
export interface DiscoveryContractOptions {
  /** Names the contract in reports. */
  readonly name: string;
  create(): Promise<DiscoverySubject>;
  /** What the strategy or its backend cannot do, each with the reason: cases that need it are skipped. */
  readonly cannot?: Partial<Readonly<Record<DiscoveryAbility, string>>>;
}

const optionTable: OptionTable<DiscoveryContractOptions> = contractTable<DiscoveryAbility>(
  "discoveryContract",
  "announce",
  "replace",
  "change",
  "notify",
  "stale",
  "fail",
  "slow",
);

/** One case, before it is bound to a subject. */
export interface DiscoveryCase {
  readonly name: string;
  readonly needs: readonly DiscoveryAbility[];
  run(bench: DiscoveryBench): Promise<void>;
}

/** What of the backend an ability needs. */
const handles: Partial<Record<DiscoveryAbility, keyof DiscoveryBackend>> = {
  change: "remove",
  stale: "addStale",
  fail: "setBroken",
  slow: "setDelay",
};

/**
 * What the interface `DiscoveryStrategy` promises, as cases for one strategy: peers that appear, go, come and go, are
 * stale; no peers, a thousand of them; a backend that fails or takes 30 s.
 *
 * @example
 * ```ts
 * const contract = discoveryContract({
 *   name: "service list",
 *   create: async () => ({ runtime, backend, strategy: () => new ServiceListDiscovery(service) }),
 *   cannot: { notify: "the service has no events" },
 * });
 * describeContract(contract, { describe, it });
 * ```
 * @throws TestkitError `invalidOption`.
 */
export function discoveryContract(options: DiscoveryContractOptions): Contract {
  optionTable.check(options);
  const { name, create, cannot = {} } = options;
  const cases = discoveryCases.map((each) => ({
    name: each.name,
    skip: each.needs.map((ability) => cannot[ability]).find((reason) => reason !== undefined),
    run: async (): Promise<void> => {
      const subject = await create();
      for (const ability of each.needs) checkHandle(subject.backend, ability);
      const settle = subject.settle?.bind(subject) ?? (<T>(work: Promise<T>): Promise<T> => work);
      const time = new CaseTime(subject.runtime);
      const bench = new DiscoveryBench(subject, time);
      try {
        await settle(time.bounded(each.run(bench)));
      } finally {
        await settle(bench.close());
        await subject.dispose?.();
      }
    },
  }));
  return { name: `discovery contract: ${name}`, cases };
}

function checkHandle(backend: DiscoveryBackend, ability: DiscoveryAbility): void {
  const handle = handles[ability];
  if (handle === undefined || backend[handle] !== undefined) return;
  throw new RangeError(`the backend has no ${handle}; give it one, or say in cannot.${ability} why there is none`);
}
