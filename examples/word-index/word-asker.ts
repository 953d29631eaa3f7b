import type { ActorRef } from "@foundation/runtime";
import type { Asks } from "./asks.ts";
import type { Answer, WordIndex } from "./word-index.ts";

/** A new round of questions starts so often, whether or not the last one is answered. Milliseconds. */
const roundMs = 8;
const wordsPerRound = 4;
/** Questions of one node that may be unanswered; beyond that, rounds are left out. */
const questionsMax = 512;

/** Keeps asking the index for words, by its name, over the control channel. */
export class WordAsker {
  readonly #index: ActorRef<WordIndex>;
  readonly #asks: Asks;
  readonly #words: readonly string[];
  readonly #answered: (answer: Answer) => void;
  readonly #open = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #next = 0;

  constructor(index: ActorRef<WordIndex>, asks: Asks, words: readonly string[], answered: (answer: Answer) => void) {
    this.#index = index.with({ channel: "control" });
    this.#asks = asks;
    this.#words = words;
    this.#answered = answered;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#round(), roundMs);
  }

  /** Resolves when all questions are answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await Promise.all(this.#open);
  }

  #round(): void {
    if (this.#open.size > questionsMax - wordsPerRound) return;
    for (let count = 0; count < wordsPerRound; count++) {
      const question = this.#question(this.#words[this.#next++ % this.#words.length] as string);
      this.#open.add(question);
      void question.finally(() => this.#open.delete(question));
    }
  }

  async #question(word: string): Promise<void> {
    const answer = await this.#asks.measure("lookup", () => this.#index.ask.lookup(word));
    if (answer !== undefined) this.#answered(answer);
  }
}
