import type { Runtime } from "@foundation/actor";
import type { Connection, ConnectionHandlers } from "../transport.ts";

type Event =
  | { readonly kind: "frame"; readonly frame: Uint8Array }
  | { readonly kind: "drain"; readonly bytes: number }
  | { readonly kind: "close"; readonly code: number; readonly reason: string };

/** One end of a pair of connections in memory. Events reach the other end in order, each batch in its own turn. */
export class MemoryConnection implements Connection {
  readonly remoteHost: string;
  readonly #runtime: Runtime;
  #other: MemoryConnection | undefined;
  #handlers: ConnectionHandlers | undefined;
  #inbox: Event[] = [];
  #delivering = false;
  #isPaused = false;
  #state: "open" | "closing" | "closed" = "open";
  #bufferedBytes = 0;
  #onGone: () => void = () => {};

  private constructor(runtime: Runtime, remoteHost: string) {
    this.#runtime = runtime;
    this.remoteHost = remoteHost;
  }

  /** Two connected ends: what one sends, the other receives. */
  static pair(runtime: Runtime, dialerHost: string, listenerHost: string): [MemoryConnection, MemoryConnection] {
    const dialer = new MemoryConnection(runtime, listenerHost);
    const accepted = new MemoryConnection(runtime, dialerHost);
    dialer.#other = accepted;
    accepted.#other = dialer;
    return [dialer, accepted];
  }

  /** Calls `callback` when this end is closed for good. */
  onGone(callback: () => void): void {
    this.#onGone = callback;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#schedule();
  }

  send(frame: Uint8Array): void {
    if (this.#state !== "open") return;
    this.#bufferedBytes += frame.length;
    this.#toOther({ kind: "frame", frame });
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  close(code: number, reason: string): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#toOther({ kind: "close", code, reason });
    this.#enqueue({ kind: "close", code, reason });
  }

  terminate(): void {
    if (this.#state === "closed") return;
    this.#state = "closing";
    // What was sent and not delivered is lost, as with a reset socket.
    if (this.#other) this.#other.#inbox = [];
    this.#inbox = [];
    this.#toOther({ kind: "close", code: 1006, reason: "" });
    this.#enqueue({ kind: "close", code: 1006, reason: "" });
  }

  #toOther(event: Event): void {
    if (this.#other) this.#other.#enqueue(event);
  }

  #enqueue(event: Event): void {
    if (this.#state === "closed") return;
    this.#inbox.push(event);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#delivering || this.#isPaused || this.#inbox.length === 0 || !this.#handlers) return;
    this.#delivering = true;
    this.#runtime.nextTurn(() => this.#deliver());
  }

  #deliver(): void {
    this.#delivering = false;
    const events = this.#inbox;
    this.#inbox = [];
    for (const event of events) {
      if (this.#state === "closed" || !this.#handlers) break;
      switch (event.kind) {
        case "frame":
          this.#toOther({ kind: "drain", bytes: event.frame.length });
          this.#handlers.onFrame(event.frame);
          break;
        case "drain":
          this.#bufferedBytes -= event.bytes;
          if (this.#state === "open") this.#handlers.onDrain();
          break;
        case "close":
          this.#state = "closed";
          this.#inbox = [];
          this.#onGone();
          this.#handlers.onClose(event.code, event.reason);
          break;
      }
    }
    this.#schedule();
  }
}
