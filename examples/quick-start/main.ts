import { Actor, Foundation } from "@foundation/runtime";

class Counter extends Actor {
  #count = 0;

  increment(by = 1): number {
    return (this.#count += by);
  }

  protected override receive(message: { type: string }): void {
    if (message.type === "reset") this.#count = 0;
  }
}

await using node = await Foundation.start(); // no configuration: finds its peers by itself
const counter = await node.singleton("counter", Counter); // one in the whole cluster, supervised
counter.tell.increment(); // fire and forget
console.log(await counter.ask.increment(2)); // 3, wherever the actor runs now
console.log(await node.actor<Counter>("counter").ask.increment()); // 4, by registered name, from any node
node.send("counter", { type: "reset" }); // a plain message goes to receive(message)
console.log(await counter.ask.increment()); // 1
