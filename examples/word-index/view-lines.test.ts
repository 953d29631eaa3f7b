import { describe, expect, it } from "vitest";
import type { Status } from "./view.ts";
import { eventLines, statusLines } from "./view-lines.ts";

const node = { name: "gamma", processId: 4_194_304, state: "up" as const, isHost: true, sees: 3 };
const largest: Status = {
  atMs: 999_999,
  nodes: [node, { ...node, name: "alpha", isHost: false }, { ...node, name: "beta", state: "down" }],
  epoch: 12,
  files: { fed: 49_999, all: 50_000 },
  megabytes: { fed: 67.1, all: 67.1 },
  megabytesPerSecond: 104.2,
  roundTrips: { p50: 12.34, p99: 1_234.56 },
  now: "comparing every word with an index computed without a cluster",
  asks: 123_456,
  failedAsks: 123,
};

describe("what the demonstration shows", () => {
  it("[Z5] has a line for each member, and no status line is wider than 79 characters", () => {
    const lines = statusLines(largest);
    expect(lines.slice(0, 3)).toEqual([
      "gamma    up, process 4194304, sees 3 members; hosts the index, epoch 12",
      "alpha    up, process 4194304, sees 3 members",
      "beta     down",
    ]);
    expect(lines.filter((line) => line.length > 79)).toEqual([]);
  });

  it("[Z5] breaks the text of an event between words, and begins its further lines below its text", () => {
    const text = "the index is back, empty, on gamma, epoch 2: it answers beta after 94.5 ms and gamma after 82.1 ms";
    expect(eventLines({ atMs: 4_780, text }, 79)).toEqual([
      "  4.78 s  the index is back, empty, on gamma, epoch 2: it answers beta after",
      "          94.5 ms and gamma after 82.1 ms",
    ]);
    expect(eventLines({ atMs: 100, text: "word" }, 20)).toEqual(["  0.10 s  word"]);
  });
});
