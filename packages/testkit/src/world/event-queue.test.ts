import { describe, expect, it } from "vitest";
import { EventQueue, type ScheduledEvent } from "./event-queue.ts";
import { SeededRandom } from "./seeded-random.ts";

/** Takes everything out, and runs it. */
function runAll(queue: EventQueue): void {
  for (let event = queue.pop(); event !== undefined; event = queue.pop()) event.run();
}

describe("an event queue", () => {
  it("is empty at first", () => {
    const queue = new EventQueue();
    expect([queue.size, queue.nextAt, queue.pop()]).toEqual([0, undefined, undefined]);
  });

  it("runs what is earlier first, and of one moment what was scheduled first", () => {
    const queue = new EventQueue();
    const ran: string[] = [];
    for (const [at, name] of [
      [5, "e"],
      [1, "a"],
      [3, "c"],
      [1, "b"],
      [3, "d"],
    ] as const) {
      queue.push(at, () => ran.push(name));
    }
    expect([queue.size, queue.nextAt]).toEqual([5, 1]);
    runAll(queue);
    expect(ran.join("")).toBe("abcde");
    expect([queue.size, queue.nextAt]).toEqual([0, undefined]);
  });

  it("runs what is due at once after what was scheduled before for the same moment, and before what comes later", () => {
    const queue = new EventQueue();
    const ran: string[] = [];
    queue.push(10, () => ran.push("before"));
    queue.pushNow(10, () => ran.push("now"));
    queue.push(10, () => ran.push("after"));
    queue.pushNow(10, () => ran.push("now again"));
    queue.push(11, () => ran.push("later"));
    runAll(queue);
    expect(ran).toEqual(["before", "now", "after", "now again", "later"]);
  });

  it("takes what is scheduled while others run", () => {
    const queue = new EventQueue();
    const ran: string[] = [];
    queue.push(1, () => {
      ran.push("first");
      queue.pushNow(1, () => ran.push("at once"));
      queue.push(2, () => ran.push("next"));
    });
    queue.push(2, () => ran.push("second"));
    runAll(queue);
    expect(ran).toEqual(["first", "at once", "second", "next"]);
  });

  it("skips what was cancelled, wherever it waits", () => {
    const queue = new EventQueue();
    const ran: string[] = [];
    const add = (name: string, at: number) => queue.push(at, () => ran.push(name));
    const [first, , middle] = [add("first", 1), add("second", 2), add("middle", 3), add("last", 4)];
    const atOnce = queue.pushNow(1, () => ran.push("at once"));
    for (const event of [first, middle, atOnce]) event.isCancelled = true;
    expect(queue.nextAt).toBe(2);
    runAll(queue);
    expect(ran).toEqual(["second", "last"]);
    expect(queue.size).toBe(0);
  });

  it.each([1, 2, 3, 4, 5])("does with thousands of events what a sorted list does, seed %i", (seed) => {
    const random = new SeededRandom(seed);
    const queue = new EventQueue();
    const waiting: ScheduledEvent[] = [];
    let now = 0;
    for (let step = 0; step < 5_000; step++) {
      const kind = random.next();
      if (kind < 0.25) waiting.push(queue.push(now + Math.floor(random.next() * 20), () => {}));
      else if (kind < 0.45) waiting.push(queue.pushNow(now, () => {}));
      else if (kind < 0.5 && waiting.length > 0) {
        const [cancelled] = waiting.splice(Math.floor(random.next() * waiting.length), 1);
        if (cancelled !== undefined) cancelled.isCancelled = true;
      } else {
        const expected = waiting.toSorted((a, b) => a.at - b.at || a.sequence - b.sequence)[0];
        expect(queue.nextAt).toBe(expected?.at);
        expect(queue.pop()).toBe(expected);
        if (expected === undefined) continue;
        now = expected.at;
        waiting.splice(waiting.indexOf(expected), 1);
      }
    }
    expect(now, "virtual time that has passed").toBeGreaterThan(100);
  });
});
