import type { StreamSubscription } from "@foundation/actor";

/** The way back to a stream that is opened later, when its actor is known. */
export class LateSubscription implements StreamSubscription {
  #target: StreamSubscription | undefined;
  #requested = 0;
  #isCancelled = false;

  request(count: number): void {
    if (this.#target === undefined) this.#requested += count;
    else this.#target.request(count);
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#target?.cancel();
  }

  /** The stream was opened: passes on what was said meanwhile. */
  follow(target: StreamSubscription): void {
    this.#target = target;
    if (this.#isCancelled) target.cancel();
    else if (this.#requested > 0) target.request(this.#requested);
  }
}
