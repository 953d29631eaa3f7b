import { ActorError, innermostStart } from "../errors.ts";
import { Ring } from "../mailbox/ring.ts";
import type { ExitListener } from "../message/recipient.ts";
import type { ActorRef } from "../message/ref.ts";
import { isError } from "../realm/native-class.ts";
import type { Log } from "../runtime/log.ts";
import { describeExit, type ExitReason } from "../signal/exit-reason.ts";
import type { Exit, ExitSignal } from "../signal/exit-signal.ts";
import { expectEnd } from "../signal/expected-end.ts";
import type { Down, Monitor } from "../signal/monitor.ts";
import { Ties } from "../signal/ties.ts";
import { ActorInbox } from "./actor-inbox.ts";
import { crashFields, noteDragged, noteSignalled } from "./crash-report.ts";

/**
 * The life of one actor.
 *
 * `starting` until `onStart` is through, `stopping` while `onStop` runs; messages wait or are refused meanwhile.
 */
export type ActorState = "starting" | "running" | "stopping" | "stopped";

/** What reaches an actor ahead of its messages. */
export type Signal =
  | { readonly kind: "stop"; readonly reason: ExitReason }
  | { readonly kind: "down"; readonly down: Down }
  | { readonly kind: "exit"; readonly exit: Exit }
  | { readonly kind: "continue"; readonly callback: () => void | Promise<void> }
  | { readonly kind: "idle" };

/** Signals that may wait before further exit signals of strangers are dropped. */
const signalsMax = 100_000;

/** How an actor is bound to others, and what it is told ahead of its messages: stops, ends of others, exit signals. */
export abstract class ActorSignals extends ActorInbox {
  signals: Ring<Signal> | undefined;
  protected ties: Ties | undefined;

  abstract get state(): ActorState;
  abstract get log(): Log;
  /** Whether a handler or hook is at work that returned a promise: signals and messages wait for its end. */
  abstract get isHeld(): boolean;
  /** Whether a message waits or is being handled. */
  abstract get isAtWork(): boolean;
  /** Why the actor ended, or undefined while it has not. */
  abstract get exitReason(): ExitReason | undefined;
  abstract kill(): void;
  /** Ends the actor when the handler at work is through, or without it when that takes too long. */
  protected abstract endSoon(reason: ExitReason): void;
  protected abstract get trapsExits(): boolean;

  /** Ends the actor in order, before the messages that wait. */
  stop(reason: ExitReason = "normal"): void {
    this.#signal({ kind: "stop", reason });
    this.system.toldToStop(this.id);
  }

  /** Runs `callback` before the messages that wait. */
  continueWith(callback: () => void | Promise<void>): void {
    this.#signal({ kind: "continue", callback });
  }

  override signal(signal: ExitSignal): void {
    const { kind, from } = signal;
    if (this.state === "stopped") {
      if (kind === "link") from.recipient.signal({ kind: "linkedExit", from: this.self, reason: "noproc" });
      return;
    }
    switch (kind) {
      case "link":
        this.#tied.addLink(from.recipient);
        return;
      case "unlink":
        this.ties?.deleteLink(from.recipient);
        return;
      case "linkedExit":
        // A link that was taken back meanwhile has no effect any more.
        if (this.ties?.deleteLink(from.recipient)) this.#linkEnded({ from, reason: signal.reason });
        return;
      case "exit":
        if (signal.reason === "kill") this.kill();
        else if (this.#hasRoomForExits(from)) {
          this.#exitSignal({ from, reason: signal.reason }, `an exit signal of ${from.recipient.label}`);
        }
        return;
      default:
        signal satisfies never;
    }
  }

  /** What anybody may send is bounded; what links and monitors bring is so by their number. */
  #hasRoomForExits(from: ActorRef): boolean {
    if ((this.signals?.length ?? 0) < signalsMax) return true;
    const labels = { actor: this.label, from: from.recipient.label };
    const event = "exit signal dropped: too many wait";
    const fields = { ...labels, signalsMax };
    this.system.storms.tell(this.system.log, { level: "warn", event, subject: this.label, fields });
    return false;
  }

  /** @param why what a log says of the end, where it is not that of the one who ended before. */
  #exitSignal(exit: Exit, why?: string): void {
    if (this.trapsExits) this.#signal({ kind: "exit", exit });
    else if (exit.reason !== "normal" || exit.from === this.self) {
      // What meets those that have ended while the system stops is part of that.
      const isOfStop = this.system.isStopping && !isError(exit.reason);
      if (why === undefined || isOfStop) noteDragged(this);
      else noteSignalled(this, why);
      this.endSoon(exit.reason);
    }
  }

  /** The other side of a link has ended: now, of which it has told itself, or long before the link was made. */
  #linkEnded(exit: Exit): void {
    const isLate = exit.reason === "noproc";
    this.#exitSignal(exit, isLate ? `it was linked to ${exit.from.recipient.label}, which had ended` : undefined);
  }

  link(ref: ActorRef): void {
    // A handler that goes on after its actor was killed must leave nothing behind.
    if (this.state === "stopped") return;
    // Links are between actors: whoever has the name later is not meant, unless it is not known yet who has it.
    this.#tied.awaitLink(ref.recipient, (target) => {
      if (target === undefined) this.#linkEnded({ from: ref, reason: "noproc" });
      else if (target !== this && this.#tied.addLink(target)) target.signal({ kind: "link", from: this.self });
    });
  }

  unlink(ref: ActorRef): void {
    this.ties?.cancelAwaited(ref.recipient);
    const target = ref.recipient.resolve();
    if (target !== undefined && this.ties?.deleteLink(target)) target.signal({ kind: "unlink", from: this.self });
  }

  monitor(ref: ActorRef): Monitor {
    // A handler that goes on after its actor was killed must leave nothing behind.
    if (this.state === "stopped") return { cancel: () => {} };
    return this.#tied.monitor(ref, (down) => this.#signal({ kind: "down", down }));
  }

  override watch(listener: ExitListener): () => void {
    if (this.exitReason === undefined) return this.onExit(listener);
    listener("noproc");
    return () => {};
  }

  /** Calls `listener` once when the actor has ended, at once when it already has. Returns how to take it back. */
  onExit(listener: ExitListener): () => void {
    if (this.exitReason !== undefined) {
      listener(this.exitReason);
      return () => {};
    }
    return this.#tied.onExit(listener);
  }

  /** Resolves when `onStart` is through. @throws the exit reason, as an Error, when the actor ends before that. */
  async whenStarted(): Promise<void> {
    if (this.state === "running") return;
    if (this.exitReason === undefined) this.assertNotHeldHere("waited for its own start", "return first");
    await new Promise<void>((resolve, reject) => {
      const listener = (reason: ExitReason | undefined): void => {
        if (reason === undefined) return resolve();
        const text = `${this.protocol.className} did not start: ${describeExit(innermostStart(reason))}`;
        const error = new ActorError("startFailed", text, { cause: reason });
        const isInOrder = this.system.isStopping && !isError(reason);
        reject(isInOrder ? expectEnd(error) : error);
      };
      if (this.exitReason !== undefined) return listener(this.exitReason);
      this.#tied.onStart(listener);
    });
  }

  /** A supervisor that was killed before it came to its children's ends. */
  protected tellUnheard(): void {
    for (let signal = this.signals?.shift(); signal !== undefined; signal = this.signals?.shift()) {
      if (signal.kind !== "down" || !this.ties?.takeMonitor(signal.down.monitor)) continue;
      const { ref, reason } = signal.down;
      if (isError(reason)) this.log.error("child ended", { child: ref.recipient.label, ...crashFields(reason) });
    }
  }

  get #tied(): Ties {
    return (this.ties ??= new Ties());
  }

  #signal(signal: Signal): void {
    if (this.state === "stopped") return;
    this.signals ??= new Ring();
    this.signals.push(signal);
    this.wake();
  }

  becameIdle(): void {
    this.#signal({ kind: "idle" });
  }
}
