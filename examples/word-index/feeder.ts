import { setTimeout as delay } from "node:timers/promises";
import type { ActorRef } from "@foundation/runtime";
import type { Asks } from "./asks.ts";
import type { CorpusReader } from "./corpus.ts";
import type { Batch } from "./feed-queue.ts";
import type { Progress, WordIndex } from "./word-index.ts";

/** A feeder waits while more characters than this wait to be indexed, so that memory stays bounded. */
const backlogGoal = 2 * 1024 * 1024;
const backlogPollMs = 10;
/** A batch is given back rather than kept waiting for longer. Milliseconds. */
const backlogWaitMsMax = 10_000;

/** Sends texts to the index over the data channel. */
export class Feeder {
  readonly #index: ActorRef<WordIndex>;
  readonly #asks: Asks;
  readonly #corpus: CorpusReader;

  constructor(index: ActorRef<WordIndex>, asks: Asks, corpus: CorpusReader) {
    this.#index = index;
    this.#asks = asks;
    this.#corpus = corpus;
  }

  /** @returns what the index said; undefined when it is not known whether it has the batch. */
  async feed({ entries }: Batch): Promise<Progress | undefined> {
    const texts = await Promise.all(
      entries.map(async (entry) => ({ file: entry.id, text: await this.#corpus.text(entry) })),
    );
    const data = this.#index.with({ channel: "data" });
    const progress = await this.#asks.measure("add", () => data.ask.add(texts));
    if (progress !== undefined) return this.#settled(progress);
    await delay(backlogPollMs);
    return undefined;
  }

  /** Returns once there is room for more. */
  async #settled(accepted: Progress): Promise<Progress> {
    const end = performance.now() + backlogWaitMsMax;
    let progress: Progress | undefined = accepted;
    while (progress !== undefined && progress.backlog > backlogGoal && performance.now() < end) {
      await delay(backlogPollMs);
      progress = await this.#asks.measure("progress", () => this.#index.ask.progress());
    }
    return accepted;
  }
}
