import { expect, test } from "vitest";
import { RepeatedEvents } from "./repeated-events.ts";

test("one event a minute for each subject, with the number of those that were left out", () => {
  let now = 0;
  const events = new RepeatedEvents(() => now);
  expect(events.admit("a")).toBe(0);
  for (let round = 0; round < 999; round++) expect(events.admit("a")).toBeUndefined();
  expect(events.admit("b")).toBe(0);
  now = 59_999;
  expect(events.admit("a")).toBeUndefined();
  now = 60_000;
  expect(events.admit("a")).toBe(1_000);
  expect(events.admit("a")).toBeUndefined();
});

test("subjects without number cost a bounded amount of memory, and of events", () => {
  let now = 0;
  const events = new RepeatedEvents(() => now);
  const admitted = Array.from({ length: 5_000 }, (_, subject) => events.admit(`${subject}`));
  expect(admitted.filter((leftOut) => leftOut !== undefined)).toHaveLength(1_024);
  now = 60_000;
  expect(events.admit("another")).toBe(0);
});
