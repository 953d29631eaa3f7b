import type { WriteStream } from "node:tty";
import { stripVTControlCharacters, styleText } from "node:util";
import type { DemoEvent, Summary } from "./summary.ts";
import type { Status, View } from "./view.ts";
import { eventLines, statusLines, summaryLines } from "./view-lines.ts";

/** Events scroll by; below them, how things stand is drawn over and over in the same place. */
export class TerminalView implements View {
  readonly #terminal: WriteStream;
  #drawnLines = 0;
  #status: Status | undefined;

  constructor(terminal: WriteStream) {
    this.#terminal = terminal;
  }

  event(event: DemoEvent): void {
    this.#erase();
    const text = eventLines(event, this.#width).join("\n");
    this.#terminal.write(`${styleText("cyan", text, { stream: this.#terminal })}\n`);
    this.#draw();
  }

  update(status: Status): void {
    this.#status = status;
    this.#erase();
    this.#draw();
  }

  end(summary: Summary): void {
    this.#erase();
    this.#status = undefined;
    const [, verdict = "", ...lines] = summaryLines(summary);
    const colour = summary.ok ? "green" : "red";
    this.#terminal.write(`\n${styleText(colour, verdict, { stream: this.#terminal })}\n${lines.join("\n")}\n`);
  }

  /** A line that the terminal wraps would make the cursor go back too little. */
  get #width(): number {
    return Math.max(20, this.#terminal.columns - 1);
  }

  #erase(): void {
    if (this.#drawnLines > 0) this.#terminal.write(`\x1b[${this.#drawnLines}A\x1b[0J`);
    this.#drawnLines = 0;
  }

  #draw(): void {
    if (this.#status === undefined) return;
    const lines = ["", bar(this.#status, this.#width), ...statusLines(this.#status)];
    const shown = lines.map((line) => stripVTControlCharacters(line).slice(0, this.#width));
    this.#terminal.write(`${shown.join("\n")}\n`);
    this.#drawnLines = shown.length;
  }
}

function bar({ megabytes }: Status, width: number): string {
  const cells = Math.min(60, width);
  const full = megabytes.all === 0 ? 0 : Math.round((cells * megabytes.fed) / megabytes.all);
  return "█".repeat(full) + "░".repeat(cells - full);
}
