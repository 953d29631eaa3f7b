import { Actor, type DeferredReply, type Down, isAbnormal, type Monitor } from "@foundation/actor";
import { Courier } from "./courier.ts";

/** Sends couriers until every pizza has arrived. */
export class Dispatch extends Actor {
  readonly #carried = new Map<Monitor, string>();
  #waiting: DeferredReply<void>[] = [];

  send(pizza: string, hasFlatTyre = false): void {
    const courier = this.context.spawn(Courier, { args: [hasFlatTyre] });
    this.#carried.set(this.context.monitor(courier), pizza);
  }

  protected override onDown({ monitor, reason }: Down): void {
    const pizza = this.#carried.get(monitor);
    this.#carried.delete(monitor);
    if (pizza === undefined) return;
    if (isAbnormal(reason)) {
      console.log(`${pizza}: ${reason}; another courier goes`);
      return this.send(pizza);
    }
    console.log(`${pizza} has arrived`);
    if (this.#carried.size > 0) return;
    for (const reply of this.#waiting) reply.succeed();
    this.#waiting = [];
  }

  /** Resolves when the last pizza on the road has arrived. */
  allArrived(): Promise<void> {
    const reply = this.context.deferReply<void>();
    this.#waiting.push(reply);
    return reply.later;
  }

  /** How many pizzas are on the road. */
  onTheRoad(): number {
    return this.#carried.size;
  }
}
