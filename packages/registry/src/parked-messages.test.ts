import { Actor, type ActorRef, ActorSystem } from "@foundation/actor";
import { Deadlines } from "@foundation/actor/spi";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../actor/src/testing/manual-time.ts";
import { ParkedMessages, parkedBytesInAllMax, parkedBytesMax, parkedInAllMax, parkedMax } from "./parked-messages.ts";

describe("messages that wait for one name", () => {
  let time: ManualTime;
  let deadlines: Deadlines;
  let inAll: { count: number; bytes: number };
  let events: string[];
  let parked: ParkedMessages;
  let owner: ActorRef;

  beforeEach(() => {
    time = new ManualTime();
    deadlines = new Deadlines(time.runtime);
    inAll = { count: 0, bytes: 0 };
    events = [];
    parked = new ParkedMessages("counter", { deadlines, inAll, onEmpty: () => void events.push("empty") });
    owner = new ActorSystem({ name: "n", runtime: time.runtime }).spawn(Actor);
  });

  function park(message: string, hasDeadline = false, content: unknown = []): () => void {
    return parked.park({
      send: () => void events.push(`send ${message}`),
      giveUp: () => void events.push(`give up ${message}`),
      hasDeadline,
      content,
    });
  }

  it("go to the owner in the order in which they were sent, and have no deadline any more", () => {
    park("one");
    park("two", true);
    expect([parked.size, inAll.count]).toEqual([2, 2]);
    parked.release(owner, () => void events.push("refused"));
    expect(events).toEqual(["send one", "send two"]);
    expect([parked.size, inAll.count, deadlines.size]).toEqual([0, 0, 0]);
  });

  it("are given up one by one when the way to the owner does not take them", () => {
    const refused: unknown[] = [];
    const full = new Error("the way is full");
    parked.park({
      send: () => {
        throw full;
      },
      giveUp: () => void events.push("give up one"),
      hasDeadline: false,
      content: [],
    });
    park("two");
    parked.release(owner, (error) => void refused.push(error));
    expect(events).toEqual(["give up one", "send two"]);
    expect(refused).toEqual([full]);
    expect(inAll.count).toBe(0);
  });

  it("are given up after 5 000 ms, unless their sender keeps a deadline itself", () => {
    park("one");
    park("two", true);
    time.advance(4_990);
    expect(events).toEqual([]);
    time.advance(20);
    expect(events).toEqual(["give up one"]);
    time.advance(60_000);
    expect(events).toEqual(["give up one"]);
    expect([parked.size, inAll.count]).toEqual([1, 1]);
  });

  it("say when the last one is gone: taken back, or given up", () => {
    const takeBack = park("one", true);
    park("two");
    takeBack();
    expect(events).toEqual([]);
    time.advance(6_000);
    expect(events).toEqual(["empty", "give up two"]);
    takeBack();
    expect(events).toEqual(["empty", "give up two"]);
    expect(inAll.count).toBe(0);
  });

  it("are all given up when the name will not be taken again", () => {
    park("one");
    park("two", true);
    parked.abandon();
    expect(events).toEqual(["give up one", "give up two"]);
    expect([parked.size, inAll.count, deadlines.size]).toEqual([0, 0, 0]);
  });

  it("are refused beyond 10 000 for the name, and beyond 100 000 for all names", () => {
    for (let i = 0; i < parkedMax; i++) park("one of many", true);
    expect(() => park("one more")).toThrow(
      expect.objectContaining({
        code: "overloaded",
        message: expect.stringContaining(`${parkedMax} messages wait for "counter"`),
      }),
    );
    expect(inAll.count).toBe(parkedMax);
    parked.abandon();
    inAll.count = parkedInAllMax - 1;
    park("the last");
    expect(() => park("one more")).toThrow(
      expect.objectContaining({
        code: "overloaded",
        message: expect.stringContaining(`${parkedInAllMax} messages wait for names`),
      }),
    );
    expect(parked.size).toBe(1);
  });

  it("are refused beyond 64 MiB for the name, and beyond 256 MiB for all names; one alone may be larger", () => {
    const overloaded = (message: string) =>
      expect.objectContaining({ code: "overloaded", message: expect.stringContaining(message) });
    const half = new Uint8Array(parkedBytesMax / 2 - 8);
    park("first", true, half);
    const takeBack = park("second", true, half);
    expect(() => park("third", true, half)).toThrow(overloaded('67108864 bytes of messages wait for "counter"'));
    expect([parked.size, inAll.bytes]).toEqual([2, parkedBytesMax]);
    takeBack();
    expect(inAll.bytes).toBe(parkedBytesMax / 2);
    park("third", true, half);
    parked.abandon();
    expect([inAll.bytes, inAll.count]).toEqual([0, 0]);
    park("larger", true, new Uint8Array(2 * parkedBytesMax));
    expect(() => park("one more", true)).toThrow(overloaded("bytes of messages wait for"));
    parked.release(owner, () => {});
    expect([inAll.bytes, inAll.count]).toEqual([0, 0]);
    inAll.bytes = parkedBytesInAllMax;
    expect(() => park("one more", true)).toThrow(overloaded("268435456 bytes of messages wait for names"));
    expect(parked.size).toBe(0);
  });
});
