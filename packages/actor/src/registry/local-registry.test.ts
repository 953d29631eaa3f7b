import { describe, expect, it } from "vitest";
import { Actor, ActorSystem, type Down, LocalRegistry, NameTakenError, silentLog, systemRuntime } from "../index.ts";

const runtime = systemRuntime({ log: silentLog });

class Room extends Actor {
  readonly #heard: unknown[] = [];
  say(what: string): string {
    return what;
  }
  heard(): unknown[] {
    return this.#heard;
  }
  protected override receive(message: unknown): void {
    this.#heard.push(message);
  }
}

const start = (keys: "unique" | "duplicate", maxEntries = 1_000) => {
  const system = new ActorSystem({ runtime });
  const registry = new LocalRegistry<number>(system, { keys, maxEntries });
  const changes: string[] = [];
  const stop = registry.listen(({ kind, key, value }) => changes.push(`${kind} ${key} ${value}`));
  const room = () => system.spawn(Room);
  return { system, registry, changes, stop, room, [Symbol.asyncDispose]: () => system.stop() };
};

describe("a local registry", () => {
  it("with unique keys refuses a second owner, with the first one's ref", async () => {
    await using test = start("unique");
    const [a, b] = [test.room(), test.room()];
    test.registry.register("lobby", a, 1);
    for (const ref of [a, b]) {
      expect(() => test.registry.register("lobby", ref, 2)).toThrow(NameTakenError);
      expect(() => test.registry.register("lobby", ref, 2)).toThrow(
        expect.objectContaining({ code: "nameTaken", owner: a }),
      );
    }
    expect(test.registry.lookup("lobby")).toEqual([{ key: "lobby", ref: a, value: 1 }]);
    expect(test.registry.whereis("lobby")).toBe(a);
    expect(test.registry.size).toBe(1);
    expect(test.changes).toEqual(["registered lobby 1"]);
  });

  it("with duplicate keys has each actor at most once a key, in order; entering again changes its value", async () => {
    await using test = start("duplicate");
    const [a, b] = [test.room(), test.room()];
    test.registry.register("news", a, 1);
    test.registry.register("news", b, 2);
    test.registry.register("news", a, 3);
    expect(test.registry.lookup("news").map(({ ref, value }) => [ref, value])).toEqual([
      [a, 3],
      [b, 2],
    ]);
    expect(test.registry.dispatch("news", "hello")).toBe(2);
    expect(await a.ask.heard()).toEqual(["hello"]);
    expect(test.registry.unregister("news", a)).toBe(1);
    expect(test.registry.unregister("news", a)).toBe(0);
    expect(test.registry.unregister("news")).toBe(1);
    expect(test.registry.size).toBe(0);
    expect(test.changes).toEqual([
      "registered news 1",
      "registered news 2",
      "updated news 3",
      "unregistered news 3",
      "unregistered news 2",
    ]);
  });

  it("[X13] sends to all of a group although the mailbox of one is full", async () => {
    await using test = start("duplicate");
    const [before, full, after] = [test.room(), test.system.spawn(Room, { mailbox: { capacity: 1 } }), test.room()];
    for (const ref of [before, full, after]) test.registry.register("news", ref, 1);
    full.send("first");
    expect(test.registry.dispatch("news", "hello")).toBe(2);
    await full.ready();
    expect(await Promise.all([before, full, after].map((ref) => ref.ask.heard()))).toEqual([
      ["hello"],
      ["first"],
      ["hello"],
    ]);
    expect(test.system.deadLetters).toBe(1);
  });

  it("has values, that change by entry, and can be searched", async () => {
    await using test = start("unique");
    const rooms = [test.room(), test.room(), test.room()] as const;
    for (const [i, room] of rooms.entries()) test.registry.register(`r${i}`, room, i);
    expect(test.registry.update("r1", rooms[1], (value) => value + 10)).toBe(11);
    expect(test.registry.update("r1", rooms[0], (value) => value + 10)).toBe(undefined);
    expect(test.registry.update("none", rooms[0], () => 1)).toBe(undefined);
    expect(test.registry.select(({ value }) => value > 1).map(({ key }) => key)).toEqual(["r1", "r2"]);
    expect(test.registry.keysOf(rooms[1])).toEqual(["r1"]);
  });

  it("has lost an actor's entries before anybody learns of its end, so that a Down's receiver can take the name", async () => {
    await using test = start("unique");
    const outcomes: unknown[] = [];
    const { registry } = test;
    class Heir extends Actor {
      watch(ref: ReturnType<typeof test.room>): void {
        this.context.monitor(ref);
      }
      protected override onDown(_down: Down): void {
        outcomes.push(registry.whereis("lobby"));
        registry.register("lobby", this.self(), 2);
      }
    }
    const room = test.room();
    for (const key of ["lobby", "bar", "cellar"]) registry.register(key, room, 1);
    const heir = test.system.spawn(Heir);
    await heir.ask.watch(room);
    test.system.cellOf(room)?.kill();
    expect(registry.size).toBe(0);
    await expect.poll(() => registry.whereis("lobby")).toBe(heir);
    expect(outcomes).toEqual([undefined]);
    expect(test.changes.slice(3)).toEqual([
      "unregistered lobby 1",
      "unregistered bar 1",
      "unregistered cellar 1",
      "registered lobby 2",
    ]);
    expect(() => registry.register("late", room, 1)).toThrow(expect.objectContaining({ code: "noproc" }));
  });

  it("reaches by name whoever has it then, and nobody with noproc", async () => {
    await using test = start("unique");
    const named = test.registry.ref<Room>("lobby");
    await expect(named.ask.say("hello")).rejects.toMatchObject({ code: "noproc" });
    named.tell.say("lost");
    named.send("lost");
    expect(test.system.deadLetters).toBe(2);
    const room = test.room();
    test.registry.register("lobby", room, 1);
    expect(await named.ask.say("hello")).toBe("hello");
    test.system.cellOf(room)?.kill();
    await expect(named.ask.say("hello")).rejects.toMatchObject({ code: "noproc" });
    test.registry.register("lobby", test.room(), 1);
    expect(await named.ask.say("again")).toBe("again");
  });

  it("has a limit, and is refused actors that are not its own", async () => {
    await using test = start("duplicate", 2);
    const room = test.room();
    test.registry.register("a", room, 1);
    test.registry.register("b", room, 1);
    expect(() => test.registry.register("c", room, 1)).toThrow(expect.objectContaining({ code: "overloaded" }));
    await using other = new ActorSystem({ runtime });
    expect(() => test.registry.register("d", other.spawn(Room), 1)).toThrow(
      expect.objectContaining({ code: "noproc" }),
    );
  });

  it("survives listeners that throw, and callbacks that take away what they change", async () => {
    await using test = start("duplicate");
    test.stop();
    const [a, b] = [test.room(), test.room()];
    const heard: string[] = [];
    test.registry.listen(() => {
      throw new Error("in a listener");
    });
    const stop = test.registry.listen(({ kind, key }) => {
      heard.push(`${kind} ${key}`);
      stop();
    });
    test.registry.register("news", a, 1);
    test.registry.register("news", b, 2);
    expect(heard).toEqual(["registered news"]);
    const changed = test.registry.update("news", a, (value) => {
      test.registry.unregister("news", a);
      return value + 1;
    });
    expect(changed).toBe(undefined);
    expect(test.registry.lookup("news").map(({ ref }) => ref)).toEqual([b]);
    expect(test.registry.size).toBe(1);
  });

  it("[Y25] tells all listeners in the order of the changes, also of those that a listener makes", async () => {
    await using test = start("unique");
    const room = test.room();
    const heard: string[] = [];
    test.registry.listen(({ kind, key }) => {
      if (kind === "registered" && key === "lobby") test.registry.unregister("lobby");
      if (kind === "unregistered" && key === "lobby") test.registry.register("bar", room, 2);
    });
    test.registry.listen(({ kind, key }) => heard.push(`${kind} ${key}`));
    test.registry.register("lobby", room, 1);
    expect(heard).toEqual(["registered lobby", "unregistered lobby", "registered bar"]);
    expect(test.registry.select(() => true).map(({ key }) => key)).toEqual(["bar"]);
  });

  it("selects among what there is at the moment, whatever the predicate enters", async () => {
    await using test = start("unique");
    const room = test.room();
    test.registry.register("0", room, 0);
    let count = 0;
    const selected = test.registry.select(() => {
      count++;
      if (count < 100) test.registry.register(String(count), room, count);
      return true;
    });
    expect([selected.map(({ key }) => key), test.registry.size]).toEqual([["0"], 2]);
  });

  it("takes nothing more once it is closed", async () => {
    await using test = start("unique");
    const room = test.room();
    test.registry.register("a", room, 1);
    test.registry.close();
    expect(test.registry.size).toBe(0);
    expect(() => test.registry.register("b", room, 1)).toThrow(expect.objectContaining({ code: "noproc" }));
    expect(test.changes).toEqual(["registered a 1"]);
  });
});
