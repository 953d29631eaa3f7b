import type { Runtime, Timer } from "@foundation/actor";
import type { BoundedWaits } from "../bounded-waits.ts";
import { formingMsMax, joinTimeoutMs } from "../cluster-options.ts";
import type { PeerDialer } from "./peer-dialer.ts";

/** What {@link Joining} works with. */
interface JoiningOptions {
  readonly runtime: Runtime;
  readonly waits: BoundedWaits;
  /** How long a peer may go on believing in an earlier life of this node. Milliseconds. */
  readonly downAfterMs: number;
}

/** How this node gets from its start to being linked with what it finds. */
export class Joining {
  readonly #options: JoiningOptions;
  #hasJoined = false;
  #isForming = true;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /** Whether this node is through with looking for peers, and acts as a member. */
  get hasJoined(): boolean {
    return this.#hasJoined;
  }

  /** This node has not been through its first dials: that a peer is silent may be its own fault, so it judges nobody by that. */
  get isForming(): boolean {
    return this.#isForming;
  }

  /**
   * Waits for the first dials, within bounds. A peer that still believes in an earlier life of this node finds out as soon as
   * its failure detector does.
   *
   * @returns whether this node has joined; not when it was stopped meanwhile.
   */
  async join(dialer: PeerDialer): Promise<boolean> {
    const { waits, downAfterMs } = this.#options;
    await waits.atMost(joinTimeoutMs, dialer.settled());
    if (dialer.isRemembered) await waits.atMost(downAfterMs, dialer.settled());
    if (this.#isStopped) return false;
    dialer.endJoining();
    this.#endFormingWith(dialer.settled());
    this.#hasJoined = true;
    return true;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #endFormingWith(dials: Promise<void>): void {
    const end = (): void => {
      this.#isForming = false;
      this.#timer?.cancel();
    };
    this.#timer = this.#options.runtime.setTimer(formingMsMax, end, { background: true });
    void dials.then(end);
  }
}
