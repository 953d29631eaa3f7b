import { expect, it } from "vitest";
import { createLog, type LogEvent } from "./log.ts";
import { ProgramEvents } from "./program-events.ts";

interface Weather {
  rain: [mm: number];
  sun: [];
}

function weather() {
  const logged: LogEvent[] = [];
  const heard: string[] = [];
  const events = new ProgramEvents<Weather>(createLog((event) => void logged.push(event)));
  return { events, heard, errors: () => logged.filter(({ level }) => level === "error").map(({ fields }) => fields) };
}

it("[Y14] a listener that throws is logged with its name and the event's, and the next ones are told", () => {
  const { events, heard, errors } = weather();
  events.on("rain", function getsWet(mm) {
    throw new Error(`wet: ${mm}`);
  });
  events.on("rain", (mm) => heard.push(`second ${mm}`));
  events.announce("rain", 3);
  expect(heard).toEqual(["second 3"]);
  expect(errors()).toEqual([{ event: "rain", listener: "getsWet", error: new Error("wet: 3") }]);
});

it("[Y14] an async listener that rejects is logged, not an unhandled rejection; one for a single event, too", async () => {
  const { events, errors } = weather();
  events.once("rain", async function once() {
    await Promise.resolve();
    throw new Error("late");
  });
  events.announce("rain", 1);
  events.announce("rain", 2);
  await expect.poll(errors).toEqual([{ event: "rain", listener: "once", error: new Error("late") }]);
});

it("[Y14] a listener that returns an object which cannot be read hurts nobody", async () => {
  const { events, heard, errors } = weather();
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  events.on("sun", () => proxy);
  events.on("sun", () => heard.push("second"));
  events.announce("sun");
  expect(heard).toEqual(["second"]);
  // As one that returns a promise which rejects: told once that has happened.
  await new Promise((resolve) => setImmediate(resolve));
  expect(errors()).toMatchObject([{ event: "sun", listener: "anonymous" }]);
});

it("[Y14] parts are told before any listener, and neither removeAllListeners nor emit reaches them", () => {
  const { events, heard } = weather();
  events.prependListener("rain", () => heard.push("program"));
  const detach = events.attach("rain", (mm) => heard.push(`part ${mm}`));
  events.announce("rain", 1);
  events.removeAllListeners();
  events.announce("rain", 2);
  events.emit("rain", 3);
  detach();
  events.announce("rain", 4);
  expect(heard).toEqual(["part 1", "program", "part 2"]);
});
