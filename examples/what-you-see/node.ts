// One node of a small shop, for three terminals: node tools/run.mjs examples/what-you-see/node.ts bonn
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

/** Orders new goods, from the wrong one. */
class Buyer extends Actor {
  restock(): void {
    node.actor<Stock>("stokc").tell.take("tea");
  }
}

async function sell(article: string): Promise<string> {
  try {
    return `${await node.actor<Stock>("stock").ask.take(article)} left`;
  } catch (error) {
    return (error as Error).stack ?? String(error);
  }
}

const [, , name = "bonn"] = process.argv;
const node = await Foundation.start({ name, actors: [Stock] });
await node.singleton("stock", Stock);
const buyer = node.spawn(Buyer);

// What is typed at this terminal: `restock`, or an article to sell.
process.stdin.setEncoding("utf8");
for await (const text of process.stdin) {
  const word = String(text).trim();
  if (word === "restock") buyer.tell.restock();
  else console.log(await sell(word));
}
await node.stop();
