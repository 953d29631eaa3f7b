import type { WriteStream } from "node:tty";
import { stripVTControlCharacters, styleText } from "node:util";
import type { DemoEvent, Summary } from "./summary.ts";
import type { Status, View } from "./view.ts";
import { eventLine, statusLines, summaryLines } from "./view-lines.ts";

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
    this.#terminal.write(`${styleText("cyan", eventLine(event), { stream: this.#terminal })}\n`);
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

  #erase(): void {
    if (this.#drawnLines > 0) this.#terminal.write(`\x1b[${this.#drawnLines}A\x1b[0J`);
    this.#drawnLines = 0;
  }

  #draw(): void {
    if (this.#status === undefined) return;
    // A line that wraps would make the cursor go back too little.
    const width = Math.max(20, this.#terminal.columns - 1);
    const lines = ["", ...statusLines(this.#status), bar(this.#status, width)];
    const shown = lines.map((line) => stripVTControlCharacters(line).slice(0, width));
    this.#terminal.write(`${shown.join("\n")}\n`);
    this.#drawnLines = shown.length;
  }
}

function bar({ megabytes }: Status, width: number): string {
  const cells = Math.min(60, width);
  const full = megabytes.all === 0 ? 0 : Math.round((cells * megabytes.fed) / megabytes.all);
  return "█".repeat(full) + "░".repeat(cells - full);
}
