import type { Runtime } from "@foundation/actor";
import type { OptionTable } from "@foundation/actor/spi";
import type { PeerAddress, Transport } from "@foundation/transport";
import type { Contract } from "./contract.ts";
import { CaseTime } from "./contract.ts";
import { contractTable } from "./contract-options.ts";
import { TransportBench } from "./transport-bench.ts";
import { connectionCases } from "./transport-connection-cases.ts";
import { dialCases } from "./transport-dial-cases.ts";

/** A transport under test, with two processes that use it. Made anew for each case. */
export interface TransportSubject {
  /** The time of both. */
  readonly runtime: Runtime;
  /** The transport of the process that listens. */
  readonly listener: Transport;
  /** The transport of the process that dials; may be the same one. */
  readonly dialer: Transport;
  /** Where the listener can listen, on port 0, and the dialler reaches it. */
  readonly host: string;
  /** Somewhere that never answers a dial, neither with a connection nor with a refusal. */
  readonly silent?: PeerAddress;
  /** Breaks every open connection, as a cable that is pulled and a reset that follows would. */
  readonly breakConnections?: () => void;
  /** Lets virtual time pass until `work` settles. Left out: time is real. */
  settle?<T>(work: Promise<T>): Promise<T>;
  /** Gives up what `create` has made. */
  dispose?(): Promise<void>;
}

/** What a subject may lack. */
export type TransportAbility = "silent" | "breakConnections";

/** Settings of {@link transportContract}. */
export interface TransportContractOptions {
  /** Names the contract in reports. */
  readonly name: string;
  create(): Promise<TransportSubject>;
  /** What the subject lacks, each with the reason: cases that need it are skipped. */
  readonly cannot?: Partial<Readonly<Record<TransportAbility, string>>>;
}

const optionTable: OptionTable<TransportContractOptions> = contractTable<TransportAbility>(
  "transportContract",
  "silent",
  "breakConnections",
);

/** One case, before it is bound to a subject. */
export interface TransportCase {
  readonly name: string;
  readonly needs?: TransportAbility;
  run(bench: TransportBench): Promise<void>;
}

/**
 * What the interfaces `Transport`, `Listener` and `Connection` promise, as cases for one implementation.
 *
 * @example
 * ```ts
 * const contract = transportContract({
 *   name: "my transport",
 *   create: async () => ({ runtime, listener: new MyTransport(), dialer: new MyTransport(), host: "127.0.0.1" }),
 *   cannot: { silent: "needs a firewall", breakConnections: "needs root" },
 * });
 * describeContract(contract, { describe, it });
 * ```
 * @throws TestkitError `invalidOption`.
 */
export function transportContract(options: TransportContractOptions): Contract {
  optionTable.check(options);
  const { name, create, cannot = {} } = options;
  const cases = [...dialCases, ...connectionCases].map((each) => ({
    name: each.name,
    skip: each.needs && cannot[each.needs],
    run: async (): Promise<void> => {
      const subject = await create();
      const settle = subject.settle?.bind(subject) ?? (<T>(work: Promise<T>): Promise<T> => work);
      if (each.needs !== undefined && subject[each.needs] === undefined)
        throw new RangeError(
          `create() gives no ${each.needs}; give one, or say in cannot.${each.needs} why there is none`,
        );
      const time = new CaseTime(subject.runtime);
      const bench = new TransportBench(subject, time);
      try {
        await settle(time.bounded(each.run(bench)));
      } finally {
        await settle(bench.close());
        await subject.dispose?.();
      }
    },
  }));
  return { name: `transport contract: ${name}`, cases };
}
