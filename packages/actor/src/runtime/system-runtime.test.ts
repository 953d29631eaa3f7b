import { mock } from "node:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import * as actors from "../index.ts";

type Package = typeof actors;

/** Puts fakes in place of what the runtime lives on. @returns how to take them out. */
type Fake = () => () => void;

function fakeByHand(): () => void {
  const { queueMicrotask, setImmediate, setTimeout, Date: RealDate } = globalThis;
  const { now } = performance;
  const nothing = (): never => undefined as never;
  class StoppedDate extends RealDate {
    static override now(): number {
      return 0;
    }
  }
  Object.assign(globalThis, { queueMicrotask: nothing, setImmediate: nothing, setTimeout: nothing, Date: StoppedDate });
  performance.now = () => 0;
  return () => {
    Object.assign(globalThis, { queueMicrotask, setImmediate, setTimeout, Date: RealDate });
    performance.now = now;
  };
}

const fakes: readonly [name: string, fake: Fake][] = [
  [
    "vi.useFakeTimers()",
    () => {
      vi.useFakeTimers();
      return () => void vi.useRealTimers();
    },
  ],
  [
    "vi.useFakeTimers() of all that it can fake",
    () => {
      const toFake = ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "Date", "performance"] as const;
      vi.useFakeTimers({ toFake: [...toFake, "queueMicrotask", "setInterval", "clearInterval", "hrtime"] });
      return () => void vi.useRealTimers();
    },
  ],
  [
    "mock.timers of node:test",
    () => {
      mock.timers.enable({ apis: ["setTimeout", "setInterval", "setImmediate", "Date"] });
      return () => mock.timers.reset();
    },
  ],
  ["globals that were replaced by hand", fakeByHand],
];

let restore = (): void => {};
afterEach(() => restore());

function echoOf({ Actor }: Package) {
  return class Echo extends Actor {
    #ticks = 0;
    echo(value: string): string {
      return value;
    }
    tickEvery(ms: number): void {
      this.context.timers.every("tick", ms, () => this.#ticks++);
    }
    async ticksAfter(count: number): Promise<number> {
      while (this.#ticks < count) await new Promise<void>((done) => this.context.system.runtime.setTimer(1, done));
      return this.#ticks;
    }
    static readonly reentrant: readonly string[] = ["ticksAfter"];
    hold(): Promise<never> {
      return new Promise(() => {});
    }
    /** Longer than a slice, so that the rest waits for the next turn. */
    work(): void {
      for (const until = process.hrtime()[1] / 1e6; Math.abs(process.hrtime()[1] / 1e6 - until) < 3; );
    }
  };
}

/** Asks, timers and deadlines of a system all work. */
async function expectAlive(system: actors.ActorSystem, Echo: ReturnType<typeof echoOf>): Promise<void> {
  const echo = system.spawn(Echo);
  expect(await echo.ask.echo("here")).toBe("here");
  echo.tell.tickEvery(1);
  expect(await echo.ask.ticksAfter(2)).toBeGreaterThanOrEqual(2);
  await expect(system.spawn(Echo).with({ timeoutMs: 5 }).ask.hold()).rejects.toMatchObject({ code: "timeout" });
  system.cellOf(echo)?.kill();
}

describe.each(fakes)("a system beside %s", (_name, fake) => {
  it("[X7] goes on while the fakes are there, and when they are gone", async () => {
    const Echo = echoOf(actors);
    const system = new actors.ActorSystem({ runtime: actors.systemRuntime({ log: actors.silentLog }) });
    await expectAlive(system, Echo);
    restore = fake();
    await expectAlive(system, Echo);
    restore();
    await expectAlive(system, Echo);
    for (const { id } of system.tree().user) system.cell(id)?.kill();
    await system.stop();
  });

  it("[X7] goes on when a turn was asked for beneath the fakes and ends above them", async () => {
    const Echo = echoOf(actors);
    const system = new actors.ActorSystem({ runtime: actors.systemRuntime({ log: actors.silentLog }) });
    const echo = system.spawn(Echo);
    restore = fake();
    for (let i = 0; i < 3; i++) echo.tell.work();
    const open = echo.ask.echo("across");
    restore();
    expect(await open).toBe("across");
    await expectAlive(system, Echo);
    for (const { id } of system.tree().user) system.cell(id)?.kill();
    await system.stop();
  });
});

// Not by hand: the test runner itself loads nothing without its timers.
describe.each(fakes.filter(([, fake]) => fake !== fakeByHand))("a package beside %s", (_name, fake) => {
  it("[X7] lives in real time although it was loaded beneath the fakes", async () => {
    vi.resetModules();
    restore = fake();
    const loaded: Package = await import("../index.ts");
    restore();
    const runtime = loaded.systemRuntime({ log: loaded.silentLog });
    const system = new loaded.ActorSystem({ runtime });
    await expectAlive(system, echoOf(loaded));
    expect(Math.abs(runtime.wallTime() - Date.now())).toBeLessThan(60_000);
    for (const { id } of system.tree().user) system.cell(id)?.kill();
    await system.stop();
  });
});
