import { Actor } from "@foundation/actor";

/** How long a pizza bakes. Milliseconds: this oven is very hot. */
export const bakeMs = 200;

/** Bakes any number of pizzas at the same time. */
export class Oven extends Actor {
  #baked = 0;
  #inside = 0;

  /** Resolves when the pizza is done. */
  bake(pizza: string): Promise<string> {
    if (pizza === "Hawaii") throw new Error("the pineapple is on fire");
    const reply = this.context.deferReply<string>();
    this.#inside++;
    this.context.timers.once(`pizza ${++this.#baked}`, bakeMs, () => {
      this.#inside--;
      reply.succeed(`hot ${pizza}`);
    });
    return reply.later;
  }

  /** How many pizzas are inside. */
  inside(): number {
    return this.#inside;
  }
}
