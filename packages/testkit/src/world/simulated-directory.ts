import type { DiscoveryStrategy, PeerCandidate } from "@foundation/discovery";
import { aliasOf } from "../network/simulated-network.ts";
import type { SimulatedRuntime } from "./simulated-runtime.ts";

/**
 * How discovery answers a node.
 *
 * `right`: everybody who announced itself and has not withdrawn, the crashed included, as stale records would be.
 * `empty`, `failing`, `slow` (after 30 s): what broken directories do. `repeating`: each record several times and once more
 * under a second name of its host, so that one peer is dialled at two addresses. That is where this protocol allows
 * duplicates: a TCP stream never repeats a frame, but answers of a directory, and so dials, repeat.
 */
export type DiscoveryMode = "right" | "empty" | "failing" | "slow" | "repeating";

/** How long a `slow` answer takes. Virtual milliseconds. */
const slowMs = 30_000;

/** Where the nodes of a world announce themselves and find each other. */
export class SimulatedDirectory {
  readonly #announced = new Map<string, PeerCandidate>();
  readonly #modes = new Map<string, DiscoveryMode>();

  /** Changes what `name` is answered, until {@link setRight}. */
  setMode(name: string, mode: DiscoveryMode): void {
    this.#modes.set(name, mode);
  }

  /** Everybody gets right answers again. */
  setRight(): void {
    this.#modes.clear();
  }

  /** The discovery strategy of the node `name`. */
  strategy(name: string, runtime: SimulatedRuntime): DiscoveryStrategy {
    const unanswered = new Set<() => void>();
    return {
      name: "world",
      announce: async ({ nodeId, host, port }) => {
        this.#announced.set(name, { nodeId, host, port });
      },
      discover: () => this.#answer(name, runtime, unanswered),
      withdraw: async () => {
        this.#announced.delete(name);
        for (const giveUp of unanswered) giveUp();
      },
    };
  }

  /** @param unanswered questions that can be given up. */
  async #answer(
    name: string,
    runtime: SimulatedRuntime,
    unanswered: Set<() => void>,
  ): Promise<readonly PeerCandidate[]> {
    const all = [...this.#announced.values()];
    const mode = this.#modes.get(name) ?? "right";
    switch (mode) {
      case "right":
        return all;
      case "empty":
        return [];
      case "failing":
        throw new Error("the directory is out of order");
      case "slow":
        return new Promise((resolve) => {
          const end = (): void => {
            timer.cancel();
            unanswered.delete(end);
            resolve(all);
          };
          const timer = runtime.setTimer(slowMs, end);
          unanswered.add(end);
        });
      case "repeating": {
        const aliases = all.map(({ host, port }) => ({ host: aliasOf(host), port }));
        return [...aliases, ...all, ...aliases, ...all.reverse()];
      }
      default:
        return mode satisfies never;
    }
  }
}
