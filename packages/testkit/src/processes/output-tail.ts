import type { Readable } from "node:stream";

/** The end of what a process has printed. */
export class OutputTail {
  readonly #charactersMax: number;
  #text = "";

  /** @param charactersMax characters that are kept. */
  constructor(stream: Readable, charactersMax = 8_192) {
    this.#charactersMax = charactersMax;
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      this.#text = (this.#text + text).slice(-this.#charactersMax);
    });
    // A pipe that breaks with its process is no news.
    stream.on("error", () => {});
  }

  get text(): string {
    return this.#text;
  }

  /** The last lines, at most `linesMax` of them. */
  lines(linesMax: number): string[] {
    return this.#text.trimEnd().split("\n").slice(-linesMax).filter(Boolean);
  }
}
