import { describe, expect, it } from "vitest";
import { Actor, ActorSystem, childSpec, createLog, DynamicSupervisor, type LogEvent, systemRuntime } from "../index.ts";

function start() {
  const events: LogEvent[] = [];
  let now = 0;
  const runtime = { ...systemRuntime({ log: createLog((event) => void events.push(event), "debug") }), now: () => now };
  const system = new ActorSystem({ runtime });
  const errors = (): LogEvent[] => events.filter(({ level }) => level === "error");
  const later = (ms: number): void => void (now += ms);
  return { system, events, errors, later, [Symbol.asyncDispose]: () => system.stop() };
}

class Faulty extends Actor {
  fail(number: number): never {
    throw new RangeError(`number ${number}`);
  }
}
class Other extends Faulty {}

/** A storm: each crash is of another actor. */
async function storm({ system }: { system: ActorSystem }, count: number): Promise<void> {
  for (let number = 0; number < count; number++) system.spawn(Faulty).tell.fail(number);
  await expect.poll(() => system.size).toBe(0);
}

describe("the log of crashes", () => {
  it("[X22] tells of a hundred at once, says that there are further ones, and has those at level debug", async () => {
    await using test = start();
    await storm(test, 1_000);
    const [further, ...crashes] = test.errors().toSorted((a, b) => b.event.localeCompare(a.event));
    expect(further).toEqual({
      level: "error",
      event: "further actors crash",
      fields: { more: 1, why: "there are many; each has a line at level debug" },
    });
    expect(crashes).toHaveLength(101);
    const quiet = test.events.filter(({ level, event }) => level === "debug" && event === "actor crashed");
    expect(quiet).toHaveLength(899);
    expect(quiet.at(-1)?.fields).toMatchObject({ actor: "Faulty", reason: "RangeError: number 999" });
  });

  it("[X22] tells of the first crash of another class in the middle of a storm, and counts once a minute", async () => {
    await using test = start();
    await storm(test, 500);
    test.system.spawn(Other).tell.fail(1);
    await expect.poll(() => test.system.size).toBe(0);
    expect(test.errors().at(-1)).toMatchObject({ event: "actor crashed", fields: { actor: "Other", in: "fail" } });
    test.later(60_000);
    const before = test.errors().length;
    await storm(test, 500);
    const told = test.errors().slice(before);
    expect(told.filter(({ event }) => event === "actor crashed")).toHaveLength(101);
    expect(told.filter(({ event }) => event !== "actor crashed").map(({ fields }) => fields.more)).toEqual([399]);
  });

  it("[X22] bounds what supervisors tell of their children in the same way", async () => {
    await using test = start();
    const { system } = test;
    const supervisor = system.spawn(DynamicSupervisor);
    for (let number = 0; number < 300; number++) {
      const child = await supervisor.ask.startChild(childSpec(Faulty, { restart: "temporary" }));
      child.recipient.tell("fail", [number], undefined);
    }
    await expect.poll(() => system.size).toBe(1);
    expect(test.errors().filter(({ event }) => event === "child ended")).toHaveLength(101);
    expect(test.errors().filter(({ event }) => event === "further actors crash")).toHaveLength(1);
  });

  it("[X22] bounds what is told of handlers that fail when their actor has ended, and were waiting for what ended it", async () => {
    await using test = start();
    const { system } = test;
    class Store extends Actor {
      async *items(): AsyncGenerator<number> {
        yield* [];
        await new Promise(() => {});
      }
      find(): Promise<number> {
        return this.context.deferReply<number>().later;
      }
    }
    class Service extends Actor {
      static readonly reentrant = ["get"];
      readonly #store = system.spawn(Store);
      get(): Promise<number> {
        return this.#store.ask.find();
      }
      async *items(): AsyncGenerator<number> {
        yield* this.#store.stream.items();
      }
      forget(): void {
        void this.#store.ask.find();
      }
      endStore(): Promise<void> {
        return system.stopActor(this.#store);
      }
    }
    const service = system.spawn(Service);
    const asked = Array.from({ length: 300 }, () => service.ask.get());
    const read = Array.from({ length: 300 }, () => service.stream.items().next());
    for (let count = 0; count < 300; count++) service.tell.forget();
    service.tell.endStore();
    const settled = await Promise.allSettled([...asked, ...read]);
    expect(settled.every(({ status }) => status === "rejected")).toBe(true);
    const after = (): LogEvent[] => test.events.filter(({ event }) => event === "an error of an actor that has ended");
    await expect.poll(() => after().length).toBeGreaterThan(500);
    expect(after().filter(({ level }) => level === "warn")).toHaveLength(101);
    const further = test.events.filter(({ event }) => event === "further events are left out");
    expect(further.map(({ fields }) => fields.of)).toEqual(["an error of an actor that has ended"]);
  });
});
