import type { Runtime } from "@foundation/actor";
import { type BatchLimits, batches, textBytesMax } from "./message-batches.ts";
import type { Failure, SupervisionMessage } from "./supervision-message.ts";

/** Where {@link UnsentEnds} go. */
interface UnsentEndsSurroundings {
  readonly runtime: Pick<Runtime, "microtask">;
  readonly limits: BatchLimits;
  broadcast(message: SupervisionMessage): void;
}

/** Ends of this node's singletons, and starts that come to nothing: told to all members at the end of the turn. */
export class UnsentEnds {
  readonly #surroundings: UnsentEndsSurroundings;
  readonly #ends = new Map<string, Failure | undefined>();

  constructor(surroundings: UnsentEndsSurroundings) {
    this.#surroundings = surroundings;
  }

  /** @param failure how it ended, if that was no order. */
  add(name: string, failure: Failure | undefined): void {
    if (this.#ends.size === 0) this.#surroundings.runtime.microtask(() => this.send());
    this.#ends.set(name, failure ?? this.#ends.get(name));
  }

  /** Also before anything is claimed or started anew: what comes later must not end that. */
  send(): void {
    const ended = [...this.#ends];
    this.#ends.clear();
    for (const batch of batches(ended, this.#surroundings.limits, endSize))
      this.#surroundings.broadcast({ ended: batch });
  }
}

/** About how many bytes an end takes in a message. */
function endSize([name, failure]: readonly [name: string, failure: Failure | undefined]): number {
  return 30 + textBytesMax(name) + (failure === undefined ? 0 : 250 + textBytesMax(failure.reason));
}
