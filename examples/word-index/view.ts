import type { RoundTrips } from "./measurements.ts";
import type { DemoEvent, Summary } from "./summary.ts";

/** How things stand at one moment. */
export interface Status {
  readonly atMs: number;
  readonly nodes: readonly {
    readonly name: string;
    readonly processId: number | undefined;
    readonly state: "starting" | "up" | "down";
    readonly isHost: boolean;
    /** How many members it sees up, itself included. */
    readonly sees: number;
  }[];
  readonly epoch: number | undefined;
  readonly files: { readonly fed: number; readonly all: number };
  readonly megabytes: { readonly fed: number; readonly all: number };
  readonly megabytesPerSecond: number;
  /** Of the last two seconds. */
  readonly roundTrips: RoundTrips | undefined;
  /** What the demo is doing at this moment. */
  readonly now: string;
  readonly asks: number;
  readonly failedAsks: number;
}

/** Shows a run to whoever watches it. */
export interface View {
  event(event: DemoEvent): void;
  update(status: Status): void;
  end(summary: Summary): void;
}

/** Prints nothing but the summary. */
export class JsonView implements View {
  event(): void {}
  update(): void {}
  end(summary: Summary): void {
    process.stdout.write(`${JSON.stringify(summary, undefined, 2)}\n`);
  }
}
