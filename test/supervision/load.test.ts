// Slow: thousands of children.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  Actor,
  type ActorRef,
  ActorSystem,
  childSpec,
  createLog,
  DynamicSupervisor,
  type LogEvent,
  Supervisor,
  systemRuntime,
} from "@foundation/actor";
import { SeededRandom, SimulatedRuntime, VirtualTime } from "@foundation/testkit";
import { describe, expect, it } from "vitest";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of the heap that are in use. */
function heapBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

class Worker extends Actor {
  fail(): never {
    throw new Error("crash");
  }
}

/** Virtual time, and what was logged as an error. */
function virtualSystem() {
  const time = new VirtualTime();
  const events = new Map<string, number>();
  const count = ({ level, event }: LogEvent): void => {
    if (level === "error") events.set(event, (events.get(event) ?? 0) + 1);
  };
  const runtime = new SimulatedRuntime(time, new SeededRandom(1), count);
  return { time, runtime, events, system: new ActorSystem({ name: "test", runtime }) };
}

describe("many throws", () => {
  it("[A2] 1 000 a second with intensity 3 in 5 s: one escalation", async () => {
    const { time, runtime, events, system } = virtualSystem();
    let child: ActorRef<Worker> | undefined;
    class Known extends Worker {
      protected override onStart(): void {
        child = this.self<Known>();
      }
    }
    const inner = childSpec(Supervisor, { args: [{ children: [childSpec(Known)] }], restart: "transient" });
    const root = system.spawn(Supervisor, { args: [{ children: [inner] }] });
    for (let ms = 0; ms < 5_000; ms++) {
      child?.tell.fail();
      await time.advance(1);
    }
    expect(Object.fromEntries(events)).toEqual({ "child ended": 4, "supervisor gave up": 1 });
    // The parent does not restart a transient one that ended in order.
    expect(system.size).toBe(1);
    expect(system.cellOf(root)).toBeDefined();
    expect(runtime.timers).toBe(0);
  });

  it("[A2] restarts leave nothing in memory: 10 000 of them", async () => {
    const { time, runtime, events, system } = virtualSystem();
    let child: ActorRef<Worker> | undefined;
    let starts = 0;
    class Known extends Worker {
      protected override onStart(): void {
        starts++;
        child = this.self<Known>();
      }
    }
    system.spawn(Supervisor, { args: [{ intensity: 100, periodMs: 50, children: [childSpec(Known)] }] });
    const restart = async (times: number): Promise<number> => {
      for (let count = 0; count < times; count++) {
        child?.tell.fail();
        await time.advance(1);
      }
      return heapBytes();
    };
    const before = await restart(2_000);
    const after = await restart(10_000);
    expect(starts).toBe(12_001);
    // Nor does a storm fill the log: a hundred lines at once, and a hundred a minute.
    expect(events.get("child ended")).toBeLessThan(130);
    expect({ actors: system.size, timers: runtime.timers }).toEqual({ actors: 2, timers: 0 });
    // 52 bytes a restart would be seen.
    expect(after - before).toBeLessThan(512 * 1_024);
  });
});

describe("many children", () => {
  it("[A9] 100 000 of a dynamic supervisor start and stop, on the real clock, and leave nothing behind", async () => {
    const before = heapBytes();
    let reports = 0;
    const log = createLog(() => reports++, "warn");
    const system = new ActorSystem({ runtime: systemRuntime({ log }) });
    const supervisor = system.spawn(DynamicSupervisor);
    const spec = childSpec(Worker, { shutdownMs: 60_000 });
    for (let count = 0; count < 100_000; count++) supervisor.tell.startChild(spec);
    const counts = await supervisor.with({ timeoutMs: 60_000 }).ask.countChildren();
    expect(counts.active).toBe(100_000);
    await system.stopActor(supervisor, "shutdown", 60_000);
    expect({ actors: system.size, reports }).toEqual({ actors: 0, reports: 0 });
    await system.stop();
    expect(heapBytes() - before).toBeLessThan(20 * 1_024 * 1_024);
  }, 60_000);
});
