import { createHash } from "node:crypto";

/** Lines kept for reading; the digest covers all. */
const linesMax = 100_000;
/** Bytes that are digested in one go, which is cheaper than line by line. */
const digestedAtOnce = 64 * 1024;

/** What happened in a world, line by line. Two runs with the same seed have the same trace. */
export class Trace {
  readonly #digest = createHash("sha256");
  readonly #lines: string[] = [];
  readonly #undigested = Buffer.allocUnsafe(digestedAtOnce);
  #undigestedBytes = 0;
  #count = 0;

  /** Adds a line. @param isKept whether it can be read afterwards; the digest covers it in any case. Default true. */
  add(at: number, who: string, what: string, isKept = true): void {
    const line = `${at.toFixed(3)} ${who} ${what}\n`;
    this.#digestLater(line);
    this.#count++;
    if (!isKept) return;
    this.#lines.push(line.slice(0, -1));
    if (this.#lines.length >= 2 * linesMax) this.#lines.splice(0, linesMax);
  }

  /** Lines so far, also those that are not kept. */
  get length(): number {
    return this.#count;
  }

  /** A digest over all lines so far. */
  get digest(): string {
    this.#digestNow();
    return this.#digest.copy().digest("hex");
  }

  /** The newest lines that `matches`, oldest first, at most `count`. */
  tail(count: number, matches: (line: string) => boolean = () => true): string[] {
    return this.#lines.filter(matches).slice(-count);
  }

  #digestLater(line: string): void {
    // A character of a string takes at most three bytes of UTF-8.
    if (this.#undigestedBytes + 3 * line.length > digestedAtOnce) this.#digestNow();
    if (3 * line.length > digestedAtOnce) this.#digest.update(line);
    else this.#undigestedBytes += this.#undigested.write(line, this.#undigestedBytes);
  }

  #digestNow(): void {
    this.#digest.update(this.#undigested.subarray(0, this.#undigestedBytes));
    this.#undigestedBytes = 0;
  }
}
