import { createLog, type LogEvent } from "@foundation/actor";
import { expect, test } from "vitest";
import { PeerWarnings } from "./peer-warnings.ts";

function written(): { warnings: PeerWarnings; events: LogEvent[]; clock: { now: number } } {
  const events: LogEvent[] = [];
  const clock = { now: 0 };
  const warnings = new PeerWarnings(
    createLog((event) => void events.push(event)),
    { now: () => clock.now },
  );
  return { warnings, events, clock };
}

test("one line a minute for each peer and event, with the number of those that were left out", () => {
  const { warnings, events, clock } = written();
  for (let round = 0; round < 1_000; round++) warnings.warn("refused", "a", () => ({ round }));
  warnings.warn("refused", "b", () => ({}));
  warnings.warn("odd", "a", () => ({}));
  expect(events.map(({ event, fields }) => [event, fields.from, fields.notLogged])).toEqual([
    ["refused", "a", 0],
    ["refused", "b", 0],
    ["odd", "a", 0],
  ]);
  clock.now = 60_000;
  warnings.warn("refused", "a", () => ({ round: "later" }));
  expect(events.at(-1)?.fields).toEqual({ round: "later", from: "a", notLogged: 999 });
  expect(warnings.total).toBe(1_003);
});

test("peers without number cost a bounded amount of memory, and of lines", () => {
  const { warnings, events, clock } = written();
  for (let peer = 0; peer < 5_000; peer++) warnings.warn("refused", `peer ${peer}`, () => ({}));
  expect(events).toHaveLength(1_024);
  clock.now = 60_000;
  warnings.warn("refused", "another", () => ({}));
  expect(events).toHaveLength(1_025);
});
