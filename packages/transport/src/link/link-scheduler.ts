import type { Runtime } from "@foundation/actor";
import type { LinkChannel } from "./link-channel.ts";

/** Frames that the most important channel may send before the others get their turn. */
const firstShare = 8;

/**
 * Decides which channel of a link sends next: by priority, in shares of 8, 4, 2, 1, 1 frames, so that important channels
 * go first and none starves. What a channel may send at all is bounded by its credits and its connections' buffers.
 */
export class LinkScheduler {
  readonly #runtime: Runtime;
  readonly #channels: readonly LinkChannel[];
  #isWoken = false;
  #isStopped = false;

  /** @param channels in order of priority, the most important first. */
  constructor(runtime: Runtime, channels: readonly LinkChannel[]) {
    this.#runtime = runtime;
    this.#channels = channels;
  }

  /** Sends at the end of this turn, so that everything said in one turn shares frames. */
  wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    this.#runtime.microtask(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#isWoken = false;
    this.pump();
    for (const { lanes } of this.#channels) for (const { outbound } of lanes) outbound.turnEnded();
  };

  /** Sends now what may be sent now. */
  pump(): void {
    try {
      while (!this.#isStopped && this.#sendShares());
    } finally {
      // Frames that leave together cost one system call. What is most important leaves first here, too.
      for (const { lanes } of this.#channels) for (const { outbound } of lanes) outbound.flush();
    }
    for (const channel of this.#channels) channel.drained();
  }

  /** Each channel sends its share. @returns whether any frame was sent. */
  #sendShares(): boolean {
    let hasSent = false;
    let share = firstShare;
    for (const channel of this.#channels) {
      if (sendShare(channel, share)) hasSent = true;
      share = Math.max(1, share >> 1);
    }
    return hasSent;
  }

  /** Sends nothing from here on. */
  stop(): void {
    this.#isStopped = true;
  }
}

/** @returns whether any frame was sent. */
function sendShare({ lanes }: LinkChannel, share: number): boolean {
  let hasSent = false;
  for (const { outbound } of lanes) {
    for (let count = 0; count < share && outbound.sendNext(); count++) hasSent = true;
  }
  return hasSent;
}
