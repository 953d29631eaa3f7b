import { createHash } from "node:crypto";

/** Lines kept for reading; the digest covers all. */
const linesMax = 100_000;
/** Characters that are digested in one go, which is cheaper than line by line. */
const digestedAtOnce = 64 * 1024;

/** What happened in a world, line by line. Two runs with the same seed have the same trace. */
export class Trace {
  readonly #digest = createHash("sha256");
  readonly #lines: string[] = [];
  #undigested = "";
  #count = 0;

  add(at: number, who: string, what: string): void {
    const line = `${at.toFixed(3)} ${who} ${what}`;
    this.#undigested += `${line}\n`;
    if (this.#undigested.length > digestedAtOnce) this.#digestRest();
    this.#count++;
    this.#lines.push(line);
    if (this.#lines.length >= 2 * linesMax) this.#lines.splice(0, linesMax);
  }

  /** Lines so far, also those no longer kept. */
  get length(): number {
    return this.#count;
  }

  /** A digest over all lines so far. */
  get digest(): string {
    this.#digestRest();
    return this.#digest.copy().digest("hex");
  }

  /** The newest lines that `matches`, oldest first, at most `count`. */
  tail(count: number, matches: (line: string) => boolean = () => true): string[] {
    return this.#lines.filter(matches).slice(-count);
  }

  #digestRest(): void {
    this.#digest.update(this.#undigested);
    this.#undigested = "";
  }
}
