import { expect, it } from "vitest";
import { systemRuntime } from "../index.ts";
import { type StandingActor, Standstill, type Wait } from "./standstill.ts";

type Actor = { -readonly [K in keyof StandingActor]: StandingActor[K] } & { name: string };

/** Actors, what they wait for, and time that stands until it is moved. */
function start() {
  const waits = new Set<Wait>();
  const given: string[] = [];
  let due: (() => void) | undefined;
  const runtime = {
    ...systemRuntime(),
    setTimer: (_delayMs: number, callback: () => void) => {
      due = callback;
      return { cancel: () => void (due = undefined) };
    },
  };
  return {
    standstill: new Standstill({ runtime, patienceMs: 500, waits: () => waits }),
    /** What was given up so far. */
    given,
    isTimed: () => due !== undefined,
    advance: () => {
      const callback = due;
      due = undefined;
      callback?.();
    },
    actor: (name: string, is: "held" | "idle" = "idle"): Actor => {
      return { name, isAlive: true, state: "running", isHeld: is === "held", isAtWork: is === "held" };
    },
    wait: (waiter: Actor, source?: Actor): Wait => {
      const wait: Wait = {
        waiter,
        source,
        token: {},
        giveUp: () => {
          given.push(`${waiter.name} on ${source?.name ?? "a stream"}`);
          waits.delete(wait);
        },
      };
      waits.add(wait);
      return wait;
    },
    settle: (wait: Wait) => waits.delete(wait),
  };
}

it("[X2] an actor that was told waits on for a source that works, and not for one that was idle twice", () => {
  const { standstill, given, advance, actor, wait } = start();
  const [worker, queue, store] = [actor("worker", "held"), actor("queue"), actor("store", "held")];
  wait(worker, queue);
  wait(worker, store);
  standstill.told(worker);
  expect(given).toEqual([]);
  advance();
  expect(given).toEqual(["worker on queue"]);
  store.isAtWork = false;
  advance();
  expect(given).toEqual(["worker on queue"]);
  advance();
  expect(given).toEqual(["worker on queue", "worker on store"]);
});

it("[X2] those that have not been told are left alone, and follow at once when they are", () => {
  const { standstill, given, advance, actor, wait } = start();
  const [first, second, queue] = [actor("first", "held"), actor("second", "held"), actor("queue")];
  wait(first, queue);
  wait(second, queue);
  standstill.told(first);
  advance();
  expect(given).toEqual(["first on queue"]);
  standstill.told(second);
  expect(given).toEqual(["first on queue", "second on queue"]);
});

it("[X2] a wait that is another one each time is none that stands still", () => {
  const { standstill, given, advance, actor, wait, settle } = start();
  const [reader, source] = [actor("reader", "held"), actor("source")];
  let item = wait(reader, source);
  standstill.told(reader);
  for (let i = 0; i < 5; i++) {
    settle(item);
    item = wait(reader, source);
    advance();
  }
  expect(given).toEqual([]);
});

it("[X2] a source that works, and waits itself for one that is idle, stands still, too; two that wait for each other do not", () => {
  const { standstill, given, advance, actor, wait } = start();
  const [a, b, queue] = [actor("a", "held"), actor("b", "held"), actor("queue")];
  const [c, d] = [actor("c", "held"), actor("d", "held")];
  wait(a, b);
  wait(b, queue);
  wait(c, d);
  wait(d, c);
  for (const each of [a, c, d]) standstill.told(each);
  advance();
  expect(given).toEqual(["a on b"]);
});

it("[X2] onStop is left alone, and so is what has ended", () => {
  const { standstill, given, advance, actor, wait } = start();
  const [stopping, ended, later, queue] = [
    actor("stopping", "held"),
    actor("ended", "held"),
    actor("later", "held"),
    actor("queue"),
  ];
  for (const each of [stopping, ended, later]) wait(each, queue);
  stopping.state = "stopping";
  for (const each of [stopping, ended, later]) standstill.told(each);
  standstill.ended(ended);
  later.state = "stopping";
  advance();
  advance();
  expect(given).toEqual([]);
});

it("[X2] time is taken only while an actor that was told is held", () => {
  const { standstill, isTimed, advance, actor } = start();
  standstill.told(actor("idle"));
  expect(isTimed()).toBe(false);
  const held = actor("held", "held");
  standstill.told(held);
  expect(isTimed()).toBe(true);
  standstill.ended(held);
  advance();
  expect(isTimed()).toBe(false);
  standstill.told(actor("next", "held"));
  expect(isTimed()).toBe(true);
  standstill.stop();
  expect(isTimed()).toBe(false);
});
