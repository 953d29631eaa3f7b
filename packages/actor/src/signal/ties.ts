import type { StormLog } from "../log/storm-log.ts";
import type { ExitListener, Recipient } from "../message/recipient.ts";
import type { ActorRef } from "../message/ref.ts";
import { callGuarded } from "../runtime/guarded-callback.ts";
import type { ExitReason } from "./exit-reason.ts";
import type { Down, Monitor } from "./monitor.ts";

/** What binds an actor to others: its links, its monitors, and who wants to know of its start and its end. */
export class Ties {
  /** At most one link a pair. */
  readonly #links = new Map<Recipient | string, Recipient>();
  /** Links with names that may have an owner which is not known yet, and how to take them back. */
  #awaitedLinks: Map<string, () => void> | undefined;
  readonly #monitors = new Set<Monitor>();
  readonly #exitListeners = new Set<{ readonly told: ExitListener }>();
  #startListeners: ((reason: ExitReason | undefined) => void)[] = [];

  // ---- links ----

  /** @returns false when the link was there already. */
  addLink(other: Recipient): boolean {
    const key = identityOf(other);
    if (this.#links.has(key)) return false;
    this.#links.set(key, other);
    return true;
  }

  /** @returns whether there was a link to `other`. */
  deleteLink(other: Recipient): boolean {
    return this.#links.delete(identityOf(other));
  }

  /**
   * Links with what `name` turns out to reach, once: at once, or as soon as that is known.
   *
   * @param found gets the other side of the link, if there is one.
   */
  awaitLink(name: Recipient, found: (other: Recipient | undefined) => void): void {
    if (this.#awaitedLinks?.has(name.label)) return;
    let isKnown = false;
    const takeBack = name.whenKnown((other) => {
      isKnown = true;
      this.#awaitedLinks?.delete(name.label);
      found(other);
    });
    if (isKnown) return;
    this.#awaitedLinks ??= new Map();
    this.#awaitedLinks.set(name.label, takeBack);
  }

  /** Gives up the link with `name` that is awaited, if one is. */
  cancelAwaited(name: Recipient): void {
    this.#awaitedLinks?.get(name.label)?.();
    this.#awaitedLinks?.delete(name.label);
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
    try {
      cancelWatch = ref.recipient.watch((reason) => {
        if (this.#monitors.has(monitor)) down({ monitor, ref, reason });
      });
    } catch (error) {
      this.#monitors.delete(monitor);
      throw error;
    }
    return monitor;
  }

  /** @returns whether the monitor has not been taken back while its `Down` waited. */
  takeMonitor(monitor: Monitor): boolean {
    return this.#monitors.delete(monitor);
  }

  /** The actor has ended: it hears of nothing any more. */
  cancelAll(): void {
    for (const monitor of [...this.#monitors]) monitor.cancel();
    for (const takeBack of this.#awaitedLinks?.values() ?? []) takeBack();
    this.#awaitedLinks = undefined;
  }

  // ---- who wants to know ----

  /** @returns how to take the listener back. */
  onExit(listener: ExitListener): () => void {
    // An object of its own, so that listening twice is told twice.
    const own = { told: listener };
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

  /** Tells linked actors of the end, then listeners. @param storms gets what a listener throws, which harms no other. */
  ended(self: ActorRef, reason: ExitReason, storms: StormLog): void {
    this.#tellStart(reason);
    const links = [...this.#links.values()];
    const listeners = [...this.#exitListeners];
    this.#links.clear();
    this.#exitListeners.clear();
    for (const other of links) other.signal({ kind: "linkedExit", from: self, reason });
    for (const { told } of listeners) callGuarded(storms, { event: "exit", listener: told }, () => told(reason));
  }

  #tellStart(reason: ExitReason | undefined): void {
    const listeners = this.#startListeners;
    this.#startListeners = [];
    for (const listener of listeners) listener(reason);
  }
}

/** Actors of this process are objects of their own, even those of two systems of one name; others are where they live. */
function identityOf(recipient: Recipient): Recipient | string {
  return recipient.isLocal ? recipient : recipient.label;
}
