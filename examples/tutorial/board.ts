import { Actor } from "@foundation/actor";

/** Says which orders are ready. */
export class Board extends Actor {
  readonly #ready: string[] = [];
  #news = Promise.withResolvers<void>();

  show(order: string): void {
    this.#ready.push(order);
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }

  /** What is ready, and what becomes ready from now on. */
  async *watch(): AsyncGenerator<string> {
    for (let seen = 0; ; ) {
      const fresh = this.#ready.slice(seen);
      seen += fresh.length;
      yield* fresh;
      if (seen === this.#ready.length) await this.#news.promise;
    }
  }
}
