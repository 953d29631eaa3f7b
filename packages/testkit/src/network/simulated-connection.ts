import type { Connection, ConnectionHandlers } from "@foundation/transport";
import type { SimulatedRuntime } from "../world/simulated-runtime.ts";
import { type Flight, flightOf, type Segment } from "./flight.ts";
import type { Route } from "./route.ts";
import type { SimulatedNetwork } from "./simulated-network.ts";

/** One end of a simulated TCP connection: frames arrive whole, in order, late or not at all. */
export class SimulatedConnection implements Connection {
  /** The way to the other end. */
  readonly route: Route;
  readonly runtime: SimulatedRuntime;
  /** Where this connection's delay lies between the smallest and the largest: from 0 to 1. */
  readonly slowness: number;
  other: SimulatedConnection | undefined;
  /** The door that accepted it, at the accepting end. */
  door: object | undefined;
  /** When the last segment towards the other end arrives: nothing overtakes on one connection. Virtual milliseconds. */
  lastArrivalAt = 0;
  /** The network lost it: what is sent from here on goes nowhere. */
  isSevered = false;
  /** What has departed towards the other end and not arrived, in order. */
  readonly inFlight: Flight[] = [];
  readonly #network: SimulatedNetwork;
  #handlers: ConnectionHandlers | undefined;
  #early: Segment[] = [];
  #bufferedBytes = 0;
  #isOpen = true;
  #isClosed = false;

  constructor(
    network: SimulatedNetwork,
    runtime: SimulatedRuntime,
    way: { readonly route: Route; readonly slowness: number },
  ) {
    this.#network = network;
    this.runtime = runtime;
    this.route = way.route;
    this.slowness = way.slowness;
  }

  get remoteHost(): string {
    return this.route.to;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    const early = this.#early;
    this.#early = [];
    for (const segment of early) this.runtime.nextTurn(() => this.deliver(segment));
  }

  send(frame: Uint8Array): void {
    if (!this.#isOpen || this.runtime.state === "dead") return;
    const hasDeparted = this.#network.transmit(flightOf(this, { kind: "frame", frame }));
    if (!hasDeparted) this.#bufferedBytes += frame.length;
  }

  /** No work takes time here, so nobody has reason to pause, and frames go on arriving. */
  pause(): void {}

  resume(): void {}

  close(code: number, reason: string): void {
    if (!this.#isOpen || this.runtime.state === "dead") return;
    this.#isOpen = false;
    this.#network.transmit(flightOf(this, { kind: "close", code, reason }));
    this.runtime.nextTurn(() => this.#end(code, reason));
  }

  terminate(): void {
    if (this.#isClosed || this.runtime.state === "dead") return;
    this.#isOpen = false;
    this.#network.reset(this);
    this.runtime.nextTurn(() => this.#end(1006, ""));
  }

  /** The wire has taken `bytes` that had waited for it. */
  departed(bytes: number): void {
    if (bytes === 0) return;
    this.runtime.run(() => {
      this.#bufferedBytes -= bytes;
      if (!this.#isClosed) this.#handlers?.onDrain();
    });
  }

  /** A segment of the other end has arrived. Runs inside the owner's process. */
  deliver(segment: Segment): void {
    if (this.#isClosed) return;
    if (segment.kind === "open") return segment.accept();
    if (this.#handlers === undefined) {
      this.#early.push(segment);
      return;
    }
    if (segment.kind === "close") {
      this.#isOpen = false;
      this.#end(segment.code, segment.reason);
    } else this.#handlers.onFrame(segment.frame);
  }

  #end(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#network.gone(this);
    this.#handlers?.onClose(code, reason);
  }
}
