import { describe, expect, it } from "vitest";
import { Actor, type ActorRef, ActorSystem, createLog, LocalRegistry, type LogEvent, systemRuntime } from "../index.ts";

function start() {
  const events: LogEvent[] = [];
  let now = 0;
  const runtime = { ...systemRuntime({ log: createLog((event) => void events.push(event), "debug") }), now: () => now };
  const system = new ActorSystem({ runtime });
  const warnings = (): LogEvent["fields"][] =>
    events.filter(({ level }) => level === "warn").map(({ fields }) => fields);
  const later = (ms: number): void => void (now += ms);
  return { system, warnings, later, [Symbol.asyncDispose]: () => system.stop() };
}

class Sink extends Actor {
  store(_row?: number): void {}
}

class Source extends Actor {
  feed(sink: ActorRef<Sink>): void {
    sink.tell.store(1);
  }
}

describe("the log of messages that reached nobody", () => {
  it("[Y22] warns of the first of each sender, recipient's class and method a minute, and says how many there were", async () => {
    await using test = start();
    const { system } = test;
    const sinks = [system.spawn(Sink), system.spawn(Sink)] as const;
    for (const sink of sinks) await system.stopActor(sink);
    for (let i = 0; i < 1_000; i++) sinks[i % 2]?.tell.store(i);
    await system.spawn(Source).ask.feed(sinks[0]);
    expect(test.warnings()).toEqual([
      { to: "local/1", class: "Sink", method: "store", from: undefined, why: "no such actor lives", advice: undefined },
      { to: "local/1", class: "Sink", method: "store", from: "Source", why: "no such actor lives", advice: undefined },
    ]);
    test.later(60_000);
    sinks[1].tell.store();
    expect(test.warnings()).toHaveLength(3);
    expect(test.warnings()[2]).toMatchObject({ to: "local/2", more: 999 });
    expect(system.deadLetters).toBe(1_002);
  });

  it("[Y22] warns of plain messages to a class without receive, of full mailboxes and of local names", async () => {
    await using test = start();
    const { system } = test;
    system.spawn(Sink).send("hello");
    const full = system.spawn(Sink, { mailbox: { capacity: 1, overflow: "dropNewest" } });
    for (let i = 0; i < 3; i++) full.tell.store();
    new LocalRegistry(system, { keys: "unique" }).ref("sink").send("hello");
    expect(test.warnings().map(({ why }) => why)).toEqual([
      "its class has no receive, which plain messages go to",
      "its mailbox is full",
      "no such actor lives",
    ]);
  });

  it("[X22] does not warn of what waited for an actor that crashed: its crash was told", async () => {
    await using test = start();
    class Faulty extends Sink {
      crash(): never {
        throw new Error("crash");
      }
    }
    const faulty = test.system.spawn(Faulty);
    faulty.tell.crash();
    for (let i = 0; i < 10; i++) faulty.tell.store();
    await expect.poll(() => test.system.deadLetters).toBe(10);
    expect(test.warnings()).toEqual([]);
  });

  it("[Y22] fills no log, however many names are misspelt: 20 at once and one more, then 20 a minute", async () => {
    await using test = start();
    const registry = new LocalRegistry(test.system, { keys: "unique" });
    for (let i = 0; i < 5_000; i++) registry.ref(`name ${i}`).send("hello");
    expect(test.warnings()).toHaveLength(21);
    expect(test.warnings()[20]).toEqual({ why: expect.stringContaining("counted in system.deadLetters") });
    expect(test.system.deadLetters).toBe(5_000);
    for (let second = 0; second < 60; second++) {
      test.later(1_000);
      for (let i = 0; i < 100; i++) registry.ref(`name ${second} ${i}`).send("hello");
    }
    // The last second begins another minute, which has a line about further ones.
    expect(test.warnings()).toHaveLength(42);
  });
});
