import { Actor, type ActorRef, type MailboxOptions } from "@foundation/actor";
import type { Oven } from "./oven.ts";

/** Makes one pizza after the other. */
export class Cook extends Actor {
  static readonly mailbox: MailboxOptions = { capacity: 3, overflow: "reject" };
  readonly #oven: ActorRef<Oven>;

  constructor(oven: ActorRef<Oven>) {
    super();
    this.#oven = oven;
  }

  async make(pizza: string): Promise<string> {
    return await this.#oven.ask.bake(pizza);
  }
}
