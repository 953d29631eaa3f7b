import { setImmediate as nextTurn } from "node:timers/promises";
import { Actor } from "@foundation/runtime";
import { type IndexDigest, InvertedIndex } from "./inverted-index.ts";

/** The name under which the index is found from every node. */
export const indexName = "word-index";

/** A text on its way to the index. */
interface Text {
  readonly file: number;
  readonly text: string;
}

/** An answer to a question about a word. */
export interface Answer {
  readonly files: number;
  readonly occurrences: number;
  /** Which start of the index answers: a higher one began empty. */
  readonly epoch: number;
}

/** How far the index is. */
export interface Progress {
  readonly epoch: number;
  readonly files: number;
  readonly words: number;
  /** Characters that were accepted and wait to be indexed. */
  readonly backlog: number;
}

/** Texts beyond so many waiting characters are not accepted. */
export const backlogMax = 32 * 1024 * 1024;
/**
 * The word index of the whole cluster: a singleton that keeps its state in memory only.
 *
 * Large texts are accepted at once and worked off step by step, so that a question about a word waits for one step at
 * most. When its process dies the state is gone; the next start has a higher epoch, by which feeders notice.
 */
export class WordIndex extends Actor {
  readonly #index = new InvertedIndex();
  readonly #accepted = new Set<number>();
  readonly #waiting: Text[] = [];
  #current: { readonly steps: Iterator<void, void, void>; readonly characters: number } | undefined;
  #backlog = 0;
  #isStopped = false;

  /**
   * Takes texts in; one that was taken in before is ignored, so it may be sent again when the outcome is not known.
   *
   * @returns undefined when too much is waiting: nothing was accepted.
   */
  add(texts: readonly Text[]): Progress | undefined {
    if (this.#backlog > backlogMax) return undefined;
    for (const text of texts) {
      if (this.#accepted.has(text.file)) continue;
      this.#accepted.add(text.file);
      this.#waiting.push(text);
      this.#backlog += text.text.length;
    }
    if (this.#current === undefined) this.#stepSoon();
    return this.progress();
  }

  lookup(word: string): Answer {
    return { ...this.#index.lookup(word), epoch: this.#epoch };
  }

  progress(): Progress {
    const { files, words } = this.#index;
    return { epoch: this.#epoch, files, words, backlog: this.#backlog };
  }

  /** Works off a piece of what waits, and sends itself the next step. */
  step(): void {
    this.#current ??= this.#next();
    if (this.#current === undefined) return;
    if (this.#current.steps.next().done) {
      this.#backlog -= this.#current.characters;
      this.#current = this.#next();
    }
    if (this.#current !== undefined) this.#stepSoon();
  }

  /** Ask for this when nothing is fed any more; it takes a while on a large index. */
  digest(): Promise<IndexDigest> {
    return this.#index.digest(() => nextTurn());
  }

  protected override onStop(): void {
    this.#isStopped = true;
  }

  get #epoch(): number {
    return this.context.epoch ?? 0;
  }

  #next() {
    const next = this.#waiting.shift();
    return next && { steps: this.#index.addInSteps(next.file, next.text), characters: next.text.length };
  }

  /** In the next turn of the event loop, so that messages from other nodes are read in between. */
  #stepSoon(): void {
    setImmediate(() => {
      if (!this.#isStopped) this.self<WordIndex>().tell.step();
    });
  }
}
