import assert from "node:assert/strict";
import type { DiscoveryStrategy, PeerCandidate } from "@foundation/discovery";
import type { CaseTime } from "./contract.ts";
import type { DiscoverablePeer, DiscoveryBackend, DiscoverySubject } from "./discovery-contract.ts";

/** The cluster that all nodes of a case belong to. */
const cluster = "contract";

/** What the cases of the discovery contract work with. */
export class DiscoveryBench {
  readonly time: CaseTime;
  readonly #subject: DiscoverySubject;
  readonly #started: { readonly strategy: DiscoveryStrategy; isWithdrawn: boolean }[] = [];

  constructor(subject: DiscoverySubject, time: CaseTime) {
    this.#subject = subject;
    this.time = time;
  }

  get backend(): DiscoveryBackend {
    return this.#subject.backend;
  }

  /** A strategy that was not announced. */
  strategy(): DiscoveryStrategy {
    return this.#subject.strategy();
  }

  /** The strategy of a node that has announced itself, as the cluster does before it asks. */
  async start(self: DiscoverablePeer = peer("self")): Promise<DiscoveryStrategy> {
    const strategy = this.strategy();
    await strategy.announce({ cluster, ...self });
    this.#started.push({ strategy, isWithdrawn: false });
    return strategy;
  }

  /** Takes the announcement of a strategy back. */
  async withdraw(strategy: DiscoveryStrategy): Promise<void> {
    const started = this.#started.find((each) => each.strategy === strategy);
    if (started !== undefined) started.isWithdrawn = true;
    await strategy.withdraw();
  }

  /** Asks until the strategy names exactly `expected`, besides `self`. */
  async findsExactly(
    strategy: DiscoveryStrategy,
    expected: readonly DiscoverablePeer[],
    self: DiscoverablePeer = peer("self"),
  ): Promise<void> {
    let seen: readonly PeerCandidate[] = [];
    const wanted = expected.map(address).sort();
    await this.time
      .eventually("the right answer", async () => {
        seen = await strategy.discover();
        const found = [...new Set(seen.map(address))].filter((at) => at !== address(self)).sort();
        return JSON.stringify(found) === JSON.stringify(wanted) ? true : undefined;
      })
      .catch((error: Error) => {
        const found = seen.map(address).slice(0, 10).join(" ");
        throw new Error(`found [${found}], not [${wanted.slice(0, 10).join(" ")}]`, { cause: error.cause ?? error });
      });
    checkIds(seen, [...expected, self]);
  }

  async close(): Promise<void> {
    for (const { strategy, isWithdrawn } of this.#started) if (!isWithdrawn) await strategy.withdraw();
  }
}

/** A peer of its own name and address. Numbers up to 1 000 give different addresses. */
export function peer(nodeId: string, index = 0): DiscoverablePeer {
  return { nodeId, host: `10.1.${index >> 8}.${index & 255}`, port: 7_400 + index };
}

/** `host port`, which any host allows. */
export function address({ host, port }: PeerCandidate): string {
  return `${host} ${port}`;
}

/** A strategy may know no ids, but what it says of them has to be true. */
function checkIds(seen: readonly PeerCandidate[], known: readonly DiscoverablePeer[]): void {
  for (const candidate of seen) {
    if (candidate.nodeId === undefined) continue;
    const expected = known.find((each) => address(each) === address(candidate))?.nodeId;
    assert.equal(candidate.nodeId, expected, `the node at ${address(candidate)} is ${expected}`);
  }
}
