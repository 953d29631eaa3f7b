import type { DemoEvent, Summary } from "./summary.ts";
import type { Status, View } from "./view.ts";
import { eventLines, statusLines, summaryLines } from "./view-lines.ts";

/** Between two reports on how things stand. Milliseconds. */
const statusMs = 2_000;
/** Characters of a line. */
const width = 79;

/** Plain lines, for pipes and log files. */
export class PlainView implements View {
  #nextAtMs = statusMs;

  event(event: DemoEvent): void {
    print(eventLines(event, width));
  }

  update(status: Status): void {
    if (status.atMs < this.#nextAtMs) return;
    this.#nextAtMs = status.atMs + statusMs;
    print(statusLines(status).map((line) => `          ${line}`));
  }

  end(summary: Summary): void {
    print(summaryLines(summary));
  }
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
