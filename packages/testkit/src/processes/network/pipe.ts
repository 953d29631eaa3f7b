import type { Socket } from "node:net";
import { WebSocketFrames } from "./websocket-frames.ts";
import type { Wire } from "./wire.ts";

/** What a TCP segment carries on Ethernet. Bytes. */
const segmentBytes = 1_448;
/** What a pipe holds before it stops reading, and again starts to. Bytes. */
const queuedBytesMax = 1_048_576;
const queuedBytesLow = 262_144;

/** What travels through a pipe, in order. */
type Item = { readonly arrivesAt: number } & (
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  | { readonly kind: "end" }
  | { readonly kind: "reset" }
);

/** The ends of one direction of a proxied connection. */
interface PipeOptions {
  readonly wire: Wire;
  readonly source: Socket;
  readonly sink: Socket;
  /** Breaks the whole connection, on both sides. */
  readonly breakConnection: () => void;
}

/** Carries one direction of a connection from socket to socket as its {@link Wire} says: later, slowly, not at all. */
export class Pipe {
  readonly #wire: Wire;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #break: () => void;
  readonly #frames: WebSocketFrames;
  readonly #unsubscribe: () => void;
  #queue: Item[] = [];
  #queuedBytes = 0;
  #lastArrivalAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStarted = false;
  #isClosed = false;
  #isSinkFull = false;
  /** Something vanished: nothing that follows may be delivered any more. */
  #hasHole = false;

  constructor({ wire, source, sink, breakConnection }: PipeOptions) {
    this.#wire = wire;
    this.#source = source;
    this.#sink = sink;
    this.#break = breakConnection;
    this.#frames = new WebSocketFrames(() => wire.dropsMessage());
    this.#unsubscribe = wire.onChange(() => this.#wireChanged());
    source.on("data", (bytes: Buffer) => this.#read(bytes));
    source.on("end", () => this.#ended("end"));
    // "close" follows every error.
    source.on("error", () => {});
    source.on("close", () => {
      if (!source.readableEnded || source.errored) this.#ended("reset");
    });
    sink.on("drain", () => {
      this.#isSinkFull = false;
      this.#pump();
    });
  }

  /** Delivers from now on; before, what is read only waits. */
  start(): void {
    this.#isStarted = true;
    this.#pump();
  }

  /** Gives up timers and what is queued. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#unsubscribe();
    this.#forget();
  }

  get #swallows(): boolean {
    return this.#isStarted && this.#wire.state === "swallowing";
  }

  #read(bytes: Buffer): void {
    if (this.#isClosed) return;
    if (this.#swallows || this.#hasHole) {
      this.#hasHole = true;
      return;
    }
    if (this.#wire.hasSegments) {
      for (let at = 0; at < bytes.length; at += segmentBytes) this.#push(bytes.subarray(at, at + segmentBytes));
    } else this.#push(bytes);
    this.#pump();
    if (this.#queuedBytes >= queuedBytesMax) this.#source.pause();
  }

  #push(bytes: Buffer): void {
    this.#queuedBytes += bytes.length;
    this.#wire.queuedBytes += bytes.length;
    this.#queue.push({ kind: "bytes", bytes, arrivesAt: this.#arrivalOf(bytes.length) });
  }

  /** The source has nothing more to say, or is gone. Whoever is at the other end learns it when that arrives. */
  #ended(kind: "end" | "reset"): void {
    if (this.#isClosed) return;
    if (this.#swallows || this.#hasHole) {
      this.#hasHole = true;
      return;
    }
    this.#queue.push({ kind, arrivesAt: this.#arrivalOf(0) });
    this.#pump();
  }

  /** Nothing overtakes on one connection. */
  #arrivalOf(bytes: number): number {
    this.#lastArrivalAt = Math.max(this.#lastArrivalAt, this.#wire.arrivalOf(bytes, performance.now()));
    return this.#lastArrivalAt;
  }

  #wireChanged(): void {
    if (this.#swallows && this.#queue.length > 0) {
      this.#hasHole = true;
      this.#forget();
      this.#source.resume();
    }
    // The far end has no memory of what was swallowed: as TCP does then, it answers the next segment with a reset.
    if (this.#wire.state === "open" && this.#hasHole) this.#break();
    else this.#pump();
  }

  #forget(): void {
    this.#queue = [];
    this.#wire.queuedBytes -= this.#queuedBytes;
    this.#queuedBytes = 0;
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (this.#isStarted && !this.#isClosed && !this.#isSinkFull && this.#wire.state === "open") {
      const next = this.#queue[0];
      if (next === undefined) break;
      const waitMs = next.arrivesAt - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(waitMs));
        break;
      }
      this.#queue.shift();
      this.#deliver(next);
    }
    if (this.#queuedBytes <= queuedBytesLow && !this.#isClosed) this.#source.resume();
  }

  #deliver(item: Item): void {
    if (item.kind === "reset") return this.#break();
    if (item.kind === "end") {
      this.#sink.end();
      return;
    }
    const { bytes } = item;
    this.#queuedBytes -= bytes.length;
    this.#wire.queuedBytes -= bytes.length;
    const left = this.#wire.takeUntilCut(bytes.length);
    this.#write(left === undefined ? bytes : bytes.subarray(0, left));
    if (left === undefined) return;
    this.#isClosed = true;
    // The bytes before the cut arrive; a reset would throw away what this process still holds.
    this.#sink.write("", () => this.#break());
  }

  #write(bytes: Buffer): void {
    for (const part of this.#frames.pass(bytes)) {
      this.#wire.deliveredBytes += part.length;
      if (!this.#sink.write(part)) this.#isSinkFull = true;
    }
  }
}
