import { Actor, Rejection } from "@foundation/actor";

/** Takes the money and numbers the orders. */
export class Till extends Actor {
  #orders = 0;
  #cents = 0;

  /** @returns the number of the order. */
  sell(cents: number): number {
    if (!(cents > 0)) throw new Rejection(new RangeError(`a pizza for ${cents} cents?`));
    this.#cents += cents;
    return ++this.#orders;
  }

  total(): number {
    return this.#cents;
  }
}
