import type { Runtime } from "@foundation/actor";
import type { OutboundChannel } from "./outbound-channel.ts";

/** Frames that the most important channel may send before the others get their turn. */
const firstShare = 8;

/**
 * Decides which channel of a link sends next: by priority, in shares of 8, 4, 2, 1, 1 frames, so that important channels
 * go first and none starves. What a channel may send at all is bounded by its credits and its connection's buffer.
 */
export class LinkScheduler {
  readonly #runtime: Runtime;
  readonly #channels: readonly OutboundChannel[];
  #woken = false;
  #stopped = false;

  /** @param channels in order of priority, the most important first. */
  constructor(runtime: Runtime, channels: readonly OutboundChannel[]) {
    this.#runtime = runtime;
    this.#channels = channels;
  }

  /** Sends at the end of this turn, so that everything said in one turn shares frames. */
  wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    this.#runtime.microtask(() => {
      this.#woken = false;
      this.pump();
    });
  }

  /** Sends now what may be sent now. */
  pump(): void {
    let sent = !this.#stopped;
    while (sent) {
      sent = false;
      let share = firstShare;
      for (const channel of this.#channels) {
        for (let count = 0; count < share && channel.sendNext(); count++) sent = true;
        share = Math.max(1, share >> 1);
      }
    }
  }

  /** Sends nothing from here on. */
  stop(): void {
    this.#stopped = true;
  }
}
