import type { SeededRandom, World } from "@foundation/testkit";
import type { Order, SeatStore } from "./ticket-office.ts";

/** Milliseconds that the database may take for its part of a sale, and its answer for the way back. */
const latencyMsMax = 50;

/** A database in a world: it outlives every node, and knows what it was asked to do. */
export class SeatDatabase {
  /** Sales in their order: the seat is the place in the list. */
  readonly sales: Order[] = [];
  readonly #world: World;
  readonly #random: SeededRandom;

  constructor(world: World, random: SeededRandom) {
    this.#world = world;
    this.#random = random;
  }

  /** The connection of one node: what it asked for happens although it dies, but a dead node gets no answer. */
  connect(node: string): SeatStore {
    return {
      sell: (order) =>
        new Promise((resolve) => {
          const process = this.#world.process(node);
          this.#world.time.schedule(this.#latencyMs(), () => {
            const seat = this.#sell(order);
            process.setTimer(this.#latencyMs(), () => resolve(seat));
          });
        }),
    };
  }

  #sell(order: Order): number {
    const known = this.sales.findIndex(({ purchase }) => purchase === order.purchase);
    return known >= 0 ? known : this.sales.push(order) - 1;
  }

  #latencyMs(): number {
    return this.#random.between(0, latencyMsMax);
  }
}
