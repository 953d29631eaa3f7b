import type { Node } from "@foundation/runtime";
import { LatencyHistogram } from "./latency-histogram.ts";
import { type FailedAsk, type NodeReport, sharedClockMs } from "./node-messages.ts";
import { indexName } from "./word-index.ts";

/** Counts the asks of one node: how many, how long the trip to another node took, and which failed. */
export class Asks {
  readonly #node: Node;
  readonly #roundTrips = new LatencyHistogram();
  readonly #open = new Map<string, number>();
  #count = 0;
  #failed: FailedAsk[] = [];

  constructor(node: Node) {
    this.#node = node;
  }

  /** Sends a question; undefined: it failed, which is noted. */
  async measure<T>(message: FailedAsk["message"], send: () => Promise<T>): Promise<T | undefined> {
    const to = this.#node.registry.owner(indexName)?.nodeId;
    const sentAt = sharedClockMs();
    if (to !== undefined) this.#open.set(to, this.inFlight(to) + 1);
    try {
      const answer = await send();
      // An ask on the host itself never leaves the process; counting it would flatter the figure.
      if (message === "lookup" && to !== this.#node.name) this.#roundTrips.record(sharedClockMs() - sentAt);
      return answer;
    } catch (error) {
      const { code = "error", message: text } = error as { code?: string; message: string };
      this.#failed.push({ message, code, text, to, sentAt });
      return undefined;
    } finally {
      if (to !== undefined) this.#open.set(to, this.inFlight(to) - 1);
      this.#count++;
    }
  }

  /** Asks that were sent while the index was on this node, and have not ended. */
  inFlight(to: string): number {
    return this.#open.get(to) ?? 0;
  }

  /** What happened since the last call. */
  take(): Pick<NodeReport, "asks" | "failed" | "roundTrips"> {
    const taken = { asks: this.#count, failed: this.#failed, roundTrips: this.#roundTrips.take() };
    this.#count = 0;
    this.#failed = [];
    return taken;
  }
}
