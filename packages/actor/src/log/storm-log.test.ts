import { expect, it } from "vitest";
import { createLog, type LogEvent } from "../index.ts";
import { StormLog } from "../spi.ts";

const event = "actor killed";

function start() {
  const events: LogEvent[] = [];
  let now = 0;
  const log = createLog((each) => void events.push(each), "debug");
  const storms = new StormLog(log, () => now);
  const storm = (count: number, subject = "Worker"): void => {
    for (let id = 0; id < count; id++) storms.tell(log, { level: "warn", event, subject, fields: { id, subject } });
  };
  const told = (): LogEvent[] => events.filter(({ level }) => level !== "debug");
  return { events, storm, told, later: (ms: number): void => void (now += ms) };
}

it("tells of the first and a hundred others, says that there are further ones, and has those at level debug", () => {
  const { events, storm, told } = start();
  storm(1_000);
  expect(told().filter((each) => each.event === event)).toHaveLength(101);
  expect(told().at(-1)).toEqual({
    level: "warn",
    event: "further events are left out",
    fields: { of: event, more: 1, why: "there are many; each has a line at level debug" },
  });
  expect(events.filter(({ level }) => level === "debug").map(({ fields }) => fields.id)).toEqual(
    Array.from({ length: 899 }, (_, index) => index + 101),
  );
});

it("tells of the first of another subject in the middle of a storm, and counts once a minute", () => {
  const { storm, told, later } = start();
  storm(500);
  storm(5, "Other");
  expect(told().at(-1)).toMatchObject({ event, fields: { subject: "Other", id: 0 } });
  later(60_000);
  const before = told().length;
  storm(500);
  const since = told().slice(before);
  expect(since.filter((each) => each.event === event)).toHaveLength(101);
  expect(since.filter((each) => each.event !== event).map(({ fields }) => fields.more)).toEqual([403]);
});
