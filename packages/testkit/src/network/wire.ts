import type { VirtualTime } from "../world/virtual-time.ts";
import type { Flight } from "./flight.ts";
import type { SimulatedConnection } from "./simulated-connection.ts";

/** The way out of one host towards another: what its bandwidth lets through, connections taking turns frame by frame. */
export class Wire {
  readonly #time: VirtualTime;
  readonly #bytesPerMs: () => number;
  readonly #depart: (flight: Flight) => void;
  /** In the order of their next turns. */
  readonly #waiting = new Map<SimulatedConnection, Flight[]>();
  #isBusy = false;

  /** @param depart called for each flight when its last byte is on its way. */
  constructor(time: VirtualTime, bytesPerMs: () => number, depart: (flight: Flight) => void) {
    this.#time = time;
    this.#bytesPerMs = bytesPerMs;
    this.#depart = depart;
  }

  /** Puts a flight on its way. @returns whether it has departed already, because nothing holds it up. */
  push(flight: Flight): boolean {
    if (!this.#isBusy && this.#bytesPerMs() === Number.POSITIVE_INFINITY) {
      this.#depart(flight);
      return true;
    }
    const behind = this.#waiting.get(flight.from);
    if (behind === undefined) this.#waiting.set(flight.from, [flight]);
    else behind.push(flight);
    if (!this.#isBusy) this.#next();
    return false;
  }

  #next(): void {
    const [first] = this.#waiting;
    this.#isBusy = first !== undefined;
    if (first === undefined) return;
    const [from, flights] = first;
    const [flight] = flights as [Flight];
    this.#time.schedule(flight.bytes / this.#bytesPerMs(), () => {
      flights.shift();
      this.#waiting.delete(from);
      // Behind everybody else who waits by now.
      if (flights.length > 0) this.#waiting.set(from, flights);
      from.departed(flight.bytes);
      this.#depart(flight);
      this.#next();
    });
  }
}
