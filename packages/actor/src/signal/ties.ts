import type { ExitListener, Recipient } from "../message/recipient.ts";
import type { ActorRef } from "../message/ref.ts";
import type { ExitReason } from "./exit-reason.ts";
import type { Down, Monitor } from "./monitor.ts";

/** What binds an actor to others: its links, its monitors, and who wants to know of its start and its end. */
export class Ties {
  /** By where the other one lives: at most one link a pair. */
  readonly #links = new Map<string, Recipient>();
  readonly #monitors = new Set<Monitor>();
  readonly #exitListeners = new Set<ExitListener>();
  #startListeners: ((reason: ExitReason | undefined) => void)[] = [];

  // ---- links ----

  /** @returns false when the link was there already. */
  addLink(other: Recipient): boolean {
    if (this.#links.has(other.label)) return false;
    this.#links.set(other.label, other);
    return true;
  }

  /** @returns whether there was a link to `other`. */
  deleteLink(other: Recipient): boolean {
    return this.#links.delete(other.label);
  }

  // ---- monitors of others ----

  /** Watches `ref`. @param down called once, when it is gone; {@link takeMonitor} then says whether that still counts. */
  monitor(ref: ActorRef, down: (down: Down) => void): Monitor {
    let cancelWatch = (): void => {};
    const monitor: Monitor = {
      cancel: () => {
        cancelWatch();
        this.#monitors.delete(monitor);
      },
    };
    this.#monitors.add(monitor);
    cancelWatch = ref.recipient.watch((reason) => {
      if (this.#monitors.has(monitor)) down({ monitor, ref, reason });
    });
    return monitor;
  }

  /** @returns whether the monitor has not been taken back while its `Down` waited. */
  takeMonitor(monitor: Monitor): boolean {
    return this.#monitors.delete(monitor);
  }

  cancelMonitors(): void {
    for (const monitor of [...this.#monitors]) monitor.cancel();
  }

  // ---- who wants to know ----

  /** @returns how to take the listener back. */
  onExit(listener: ExitListener): () => void {
    // A function of its own, so that listening twice is told twice.
    const own: ExitListener = (reason) => listener(reason);
    this.#exitListeners.add(own);
    return () => this.#exitListeners.delete(own);
  }

  /** @param listener told of the start, without a reason, or of the end before it. */
  onStart(listener: (reason: ExitReason | undefined) => void): void {
    this.#startListeners.push(listener);
  }

  started(): void {
    this.#tellStart(undefined);
  }

  /** Tells everybody of the end, linked actors first. */
  ended(self: ActorRef, reason: ExitReason): void {
    this.#tellStart(reason);
    const links = [...this.#links.values()];
    const listeners = [...this.#exitListeners];
    this.#links.clear();
    this.#exitListeners.clear();
    for (const other of links) other.signal({ kind: "linkedExit", from: self, reason });
    for (const listener of listeners) listener(reason);
  }

  #tellStart(reason: ExitReason | undefined): void {
    const listeners = this.#startListeners;
    this.#startListeners = [];
    for (const listener of listeners) listener(reason);
  }
}
