// One node of a small shop. Run it in three terminals: node tools/run.mjs examples/what-you-see/node.ts bonn
import { Actor, Foundation } from "@foundation/runtime";

/** Keeps what is in stock. */
class Stock extends Actor {
  readonly #pieces = new Map<string, number>([["tea", 3]]);

  take(article: string): number {
    const left = this.#pieces.get(article);
    if (left === undefined) throw new RangeError(`there is no ${article}`);
    this.#pieces.set(article, left - 1);
    return left - 1;
  }
}

/** Sells one thing after the other. */
class Till extends Actor {
  async sell(article: string): Promise<string> {
    const left = await node.actor<Stock>("stock").ask.take(article);
    return `sold ${article}, ${left} left`;
  }

  /** Oops. */
  restock(): void {
    node.actor<Stock>("stokc").send("more tea");
  }
}

const [, , name = "bonn"] = process.argv;
const node = await Foundation.start({ name, actors: [Stock, Till] });
await node.singleton("stock", Stock);
const till = node.spawn(Till);

// What the person at this terminal types, one word a line.
process.stdin.setEncoding("utf8");
for await (const text of process.stdin) {
  for (const word of String(text).trim().split(/\s+/)) {
    if (word === "quit") await node.stop().then(() => process.exit());
    else if (word === "restock") till.tell.restock();
    else if (word !== "") console.log(await till.ask.sell(word).catch((error: Error) => `no: ${error.message}`));
  }
}
