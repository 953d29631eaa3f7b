import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { type Runtime, silentLog, systemRuntime, type Timer } from "../index.ts";
import { Deadlines, Expiring } from "../spi.ts";

/** What keeps a process alive, moved by hand. */
class ManualWorld {
  time = 0;
  readonly turns: (() => void)[] = [];
  readonly timers = new Set<{ at: number; callback: () => void }>();
  /** Milliseconds that pass whenever a deadline is told of. */
  expiryMs = 0;
  readonly expired: string[] = [];

  readonly runtime: Runtime = {
    ...systemRuntime({ log: silentLog }),
    now: () => this.time,
    nextTurn: (callback) => void this.turns.push(callback),
    setTimer: (delayMs, callback): Timer => {
      const timer = { at: this.time + delayMs, callback };
      this.timers.add(timer);
      return { cancel: () => void this.timers.delete(timer) };
    },
  };

  /** Runs what was asked for the next turn. @returns whether anything was. */
  turn(): boolean {
    const turns = this.turns.splice(0);
    for (const callback of turns) callback();
    return turns.length > 0;
  }

  /** Lets time pass, turn by turn, and fires what is due. */
  advance(ms: number): void {
    for (let turns = 0; turns < 10 && this.turn(); turns++);
    this.time += ms;
    for (const timer of [...this.timers]) {
      if (timer.at > this.time) continue;
      this.timers.delete(timer);
      timer.callback();
    }
  }

  /** Whether the process would end now. */
  get isIdle(): boolean {
    return this.turns.length === 0 && this.timers.size === 0;
  }
}

class Noted extends Expiring {
  readonly #world: ManualWorld;
  readonly #name: string;

  constructor(world: ManualWorld, name: string) {
    super();
    this.#world = world;
    this.#name = name;
  }

  override expire(): void {
    this.#world.time += this.#world.expiryMs;
    this.#world.expired.push(this.#name);
  }
}

let world: ManualWorld;
let deadlines: Deadlines;
const noted = (name: string): Noted => new Noted(world, name);
beforeEach(() => {
  world = new ManualWorld();
  deadlines = new Deadlines(world.runtime);
});

describe("the timer that deadlines share", () => {
  it("[V9] goes with the last deadline, in the turn that follows", () => {
    const [first, last] = [noted("first"), noted("last")];
    deadlines.add(first, 5_000);
    deadlines.add(last, 60_000);
    world.turn();
    expect(world.timers.size).toBe(1);
    deadlines.cancel(first);
    world.turn();
    expect(world.timers.size).toBe(1);
    deadlines.cancel(last);
    world.turn();
    expect(world.isIdle).toBe(true);
  });

  it("[V9] is never armed for a deadline that was met in the turn in which it was set", () => {
    const met = noted("met");
    deadlines.add(met, 5_000);
    deadlines.cancel(met);
    world.turn();
    expect(world.isIdle).toBe(true);
  });

  it("[V9] stays for a deadline that is set in the turn in which the last one went", () => {
    const first = noted("first");
    deadlines.add(first, 5_000);
    world.turn();
    deadlines.cancel(first);
    deadlines.add(noted("second"), 5_000);
    world.turn();
    world.advance(4_999);
    expect(world.expired).toEqual([]);
    world.advance(1);
    expect(world.expired).toEqual(["second"]);
    expect(world.isIdle).toBe(true);
  });

  it("[V9] goes when the last deadline has passed, and when it is closed", () => {
    deadlines.add(noted("passes"), 5_000);
    world.advance(0);
    world.advance(5_000);
    expect(world.expired).toEqual(["passes"]);
    expect(world.isIdle).toBe(true);
    deadlines.add(noted("abandoned"), 5_000);
    world.advance(0);
    deadlines.close();
    expect(world.expired).toEqual(["passes", "abandoned"]);
    expect(world.isIdle).toBe(true);
  });

  it.each([["answered"], ["timed out"], ["told"]])(
    "[V9] lets a program end by itself that has %s and not stopped its system",
    async (what) => {
      const program = fileURLToPath(new URL("../testing/asks-once.ts", import.meta.url));
      const args = ["--conditions=@foundation/source", program, what];
      // A day would be left of the deadline; killed here is what fails.
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 25_000 });
      expect(stdout).toBe(`${what}\n`);
    },
  );
});

describe("many deadlines of one moment", () => {
  it("[X16] are told in slices of 2 ms, in order, and the rest in the turns that follow", () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `${i}`);
    for (const name of names) deadlines.add(noted(name), 100);
    world.advance(0);
    world.expiryMs = 0.01;
    const slices: number[] = [];
    world.advance(100);
    slices.push(world.expired.length);
    while (world.turn()) slices.push(world.expired.length - slices.reduce((sum, each) => sum + each, 0));
    expect(world.expired).toEqual(names);
    // 2 ms are 200 of them, looked at each 64.
    expect(Math.max(...slices)).toBeLessThanOrEqual(256);
    expect(slices.length).toBeGreaterThan(3);
    expect(world.isIdle).toBe(true);
  });

  it("[X16] are told at once when they are few or quick", () => {
    for (let i = 0; i < 1_000; i++) deadlines.add(noted(`${i}`), 100);
    world.advance(0);
    world.advance(100);
    expect(world.expired).toHaveLength(1_000);
    expect(world.isIdle).toBe(true);
  });

  it("[X16] may be met, joined or closed between two slices", () => {
    const entries = Array.from({ length: 1_000 }, (_, i) => noted(`${i}`));
    for (const entry of entries) deadlines.add(entry, 100);
    world.advance(0);
    world.expiryMs = 0.01;
    world.advance(100);
    const told = world.expired.length;
    expect(told).toBeLessThan(1_000);
    for (const entry of entries.slice(-10)) deadlines.cancel(entry);
    deadlines.add(noted("later"), 100);
    while (world.turn());
    expect(world.expired).toHaveLength(990);
    world.expiryMs = 0;
    world.advance(100);
    expect(world.expired.at(-1)).toBe("later");
    expect(world.isIdle).toBe(true);
  });

  it("[X16] are all told by a close in between, once", () => {
    for (let i = 0; i < 1_000; i++) deadlines.add(noted(`${i}`), 100);
    world.advance(0);
    world.expiryMs = 0.01;
    world.advance(100);
    deadlines.close();
    while (world.turn());
    expect(new Set(world.expired).size).toBe(1_000);
    expect(world.expired).toHaveLength(1_000);
  });

  it("[X16] are told even when one of them throws", () => {
    class Faulty extends Expiring {
      override expire(): void {
        throw new Error("faulty");
      }
    }
    deadlines.add(noted("before"), 100);
    deadlines.add(new Faulty(), 100);
    deadlines.add(noted("after"), 100);
    world.advance(0);
    expect(() => world.advance(100)).toThrow("faulty");
    world.advance(0);
    expect(world.expired).toEqual(["before", "after"]);
    expect(world.isIdle).toBe(true);
  });
});
