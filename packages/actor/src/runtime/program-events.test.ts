import { on, once } from "node:events";
import { expect, it } from "vitest";
import { StormLog } from "../log/storm-log.ts";
import { createLog, type LogEvent, silentLog } from "./log.ts";
import { ProgramEvents } from "./program-events.ts";

interface Weather {
  rain: [mm: number];
  sun: [];
}

function weather() {
  const logged: LogEvent[] = [];
  const heard: string[] = [];
  const events = new ProgramEvents<Weather>({
    what: "weather.events",
    names: { rain: true, sun: true },
    storms: new StormLog(
      createLog((event) => void logged.push(event)),
      () => 0,
    ),
  });
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

const odd = <T>(value: unknown): T => value as T;
const nothing = (): void => {};
const listening = ["on", "once", "addListener", "prependListener", "prependOnceListener"] as const;
const naming = [...listening, "off", "removeListener", "removeAllListeners", "listeners", "rawListeners"] as const;

it.each([...naming, "listenerCount", "emit"] as const)(
  "[X12][Y14] %s() refuses an event that is never emitted, and says which one was meant",
  (method) => {
    const { events } = weather();
    events.on("rain", nothing);
    const call = (name: unknown) => () => Reflect.apply(events[method], events, [name, nothing]);
    expect(call("Rain")).toThrow(
      expect.objectContaining({
        code: "invalidOption",
        message: 'weather.events has no event "Rain"; did you mean rain?',
      }),
    );
    expect(call("hail")).toThrow('weather.events has no event "hail"; there are rain, sun');
    for (const name of [undefined, null, 5, "", {}, ["rain"], Symbol("rain"), "__proto__", "x".repeat(10_000_000)])
      expect(call(name)).toThrow(expect.objectContaining({ code: "invalidOption" }));
    expect([events.eventNames(), events.listenerCount("rain")]).toEqual([["rain"], 1]);
  },
);

it.each([...listening, "off", "removeListener"] as const)(
  "[X12] %s() refuses a listener that is no function",
  (method) => {
    const { events } = weather();
    for (const listener of [undefined, null, 5, {}, "rain"]) {
      const call = () => Reflect.apply(events[method], events, ["rain", listener]);
      expect(call).toThrow(expect.objectContaining({ code: "invalidOption" }));
    }
    expect(events.eventNames()).toEqual([]);
  },
);

it("[X12] node:events waits for an event as always, and fails for one that there is not", async () => {
  const { events, heard } = weather();
  const first = once(events, "rain");
  const all = on(events, "rain");
  events.announce("rain", 7);
  expect(await first).toEqual([7]);
  expect(await all.next()).toMatchObject({ value: [7] });
  await all.return?.();
  await expect(once(events, odd("rian"))).rejects.toMatchObject({
    message: expect.stringMatching(/did you mean rain/),
  });
  expect(() => on(events, odd("rian"))).toThrow("did you mean rain?");
  events.on(odd("newListener"), (name: unknown) => heard.push(`new ${String(name)}`));
  events.on(odd("removeListener"), (name: unknown) => heard.push(`gone ${String(name)}`));
  events.once("sun", nothing);
  events.announce("sun");
  events.removeAllListeners();
  expect(heard).toEqual(["new removeListener", "new sun", "gone sun", "gone newListener"]);
  expect(events.eventNames()).toEqual([]);
});

it("[Y16] nobody can begin to listen where nothing will happen any more; a listener can be taken back", () => {
  let isOpen = true;
  const events = new ProgramEvents<Weather>({
    what: "weather.events",
    names: { rain: true, sun: true },
    storms: new StormLog(silentLog, () => 0),
    assertOpen: () => {
      if (!isOpen) throw new Error("the end of the weather");
    },
  });
  events.on("rain", nothing);
  isOpen = false;
  for (const method of listening) {
    const call = (name: string) => () => Reflect.apply(events[method], events, [name, nothing]);
    expect(call("rain")).toThrow("the end of the weather");
    expect(call("rian")).toThrow("did you mean rain?");
  }
  events.off("rain", nothing);
  expect(events.listenerCount("rain")).toBe(0);
});

it("[Y14] what a listener brings about is told after what it was told of, so that all hear it in order", () => {
  const { events, heard } = weather();
  events.on("rain", () => events.announce("sun"));
  events.on("rain", () => heard.push("rain"));
  events.on("sun", () => heard.push("sun"));
  events.announce("rain", 1);
  expect(heard).toEqual(["rain", "sun"]);
});

it("[Y14] an emit() that a tool has put in the place of ours may throw: it is logged", () => {
  const { events, errors } = weather();
  const emit = function patched(): boolean {
    throw new Error("the tool's own fault");
  };
  Object.assign(events, { emit });
  events.announce("rain", 1);
  expect(errors()).toEqual([{ event: "rain", listener: "patched", error: new Error("the tool's own fault") }]);
});
