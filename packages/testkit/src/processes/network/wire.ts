import { retransmissionsMax, retransmitMs } from "../../network/path.ts";
import type { SeededRandom } from "../../world/seeded-random.ts";
import type { ProcessPathOptions } from "./process-network.ts";

/** `open`: bytes travel. `blocked`: they wait. `swallowing`: they vanish. */
type WireState = "open" | "blocked" | "swallowing";

/** A path without any fault. */
export const perfectPath: ProcessPathOptions = {
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  bytesPerMs: Number.POSITIVE_INFINITY,
  dropFrames: 0,
};

/** One direction between two nodes, shared by all connections that run over it, whoever dialled them. */
export class Wire {
  readonly from: string;
  readonly to: string;
  readonly #random: SeededRandom;
  readonly #listeners = new Set<() => void>();
  path: ProcessPathOptions = perfectPath;
  /** Bytes that came out at the far end. */
  deliveredBytes = 0;
  /** Bytes that are under way or wait. */
  queuedBytes = 0;
  #state: WireState = "open";
  #freeAt = 0;
  #bytesUntilCut: number | undefined;

  constructor(from: string, to: string, random: SeededRandom) {
    this.from = from;
    this.to = to;
    this.#random = random;
  }

  get state(): WireState {
    return this.#state;
  }

  set state(state: WireState) {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Whether bytes have to be cut into segments, because each of them has a fate of its own. */
  get hasSegments(): boolean {
    return this.path.loss > 0 || this.path.bytesPerMs !== Number.POSITIVE_INFINITY;
  }

  /** Calls `listener` at every change of {@link state}. @returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts a segment on the wire. @returns when it arrives, on the clock of `now`, in milliseconds. */
  arrivalOf(bytes: number, now: number): number {
    const { delayMs, jitterMs, loss, bytesPerMs } = this.path;
    this.#freeAt = Math.max(this.#freeAt, now) + bytes / bytesPerMs;
    let arrival = this.#freeAt + delayMs + (jitterMs > 0 ? this.#random.between(0, jitterMs) : 0);
    if (bytes === 0 || loss === 0) return arrival;
    for (let again = 0; again < retransmissionsMax && this.#random.chance(loss); again++)
      arrival += retransmitMs * 2 ** again;
    return arrival;
  }

  /** Whether the next message is to vanish. */
  dropsMessage(): boolean {
    return this.path.dropFrames > 0 && this.#random.chance(this.path.dropFrames);
  }

  /** The connection that carries the byte after the next `bytes` breaks. */
  cutAfter(bytes: number): void {
    this.#bytesUntilCut = bytes;
  }

  /** `bytes` are about to be delivered. @returns how many of them still go before the cut; undefined: there is none. */
  takeUntilCut(bytes: number): number | undefined {
    if (this.#bytesUntilCut === undefined) return undefined;
    if (bytes <= this.#bytesUntilCut) {
      this.#bytesUntilCut -= bytes;
      return undefined;
    }
    const left = this.#bytesUntilCut;
    this.#bytesUntilCut = undefined;
    return left;
  }
}
