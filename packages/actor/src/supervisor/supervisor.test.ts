import { describe, expect, it } from "vitest";
import {
  Actor,
  type ActorRef,
  ActorSystem,
  childSpec,
  type Restart,
  Supervisor,
  silentLog,
  systemRuntime,
} from "../index.ts";

const runtime = systemRuntime({ log: silentLog });

class Worker extends Actor {
  ping(): string {
    return "pong";
  }
  crash(): never {
    throw new Error("crash");
  }
  leave(): void {
    this.context.stop();
  }
}

/** Waits until `read` gives something; the supervisor's own mailbox orders what led to it. */
async function eventually<T>(read: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let turn = 0; turn < 1_000; turn++) {
    const value = await read();
    if (value !== undefined) return value;
    await new Promise<void>((resolve) => runtime.nextTurn(resolve));
  }
  throw new Error("nothing came within 1 000 turns");
}

async function childOf(supervisor: ActorRef<Supervisor>, id: string): Promise<ActorRef<Worker> | undefined> {
  return (await supervisor.ask.whichChildren()).find((child) => child.id === id)?.ref as ActorRef<Worker> | undefined;
}

describe("a supervisor", () => {
  it("restarts a crashed child as a new actor and leaves its siblings alone", async () => {
    await using system = new ActorSystem({ runtime });
    const children = [childSpec(Worker, { id: "a" }), childSpec(Worker, { id: "b" })];
    const supervisor = system.spawn(Supervisor, { args: [{ children }] });
    const [a, b] = [await childOf(supervisor, "a"), await childOf(supervisor, "b")];
    await a?.ask.crash().catch(() => {});
    const restarted = await eventually(async () => {
      const ref = await childOf(supervisor, "a");
      return ref === a ? undefined : ref;
    });
    expect(await restarted.ask.ping()).toBe("pong");
    expect(await childOf(supervisor, "b")).toBe(b);
  });

  it.each<[Restart, "crash" | "leave", boolean]>([
    ["permanent", "crash", true],
    ["permanent", "leave", true],
    ["transient", "crash", true],
    ["transient", "leave", false],
    ["temporary", "crash", false],
    ["temporary", "leave", false],
  ])("[A1] %s child that ends by %s: restarted %s", async (restart, how, isRestarted) => {
    await using system = new ActorSystem({ runtime });
    const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(Worker, { id: "w", restart })] }] });
    const before = await childOf(supervisor, "w");
    await before?.ask[how]().catch(() => {});
    const after = await eventually(async () => {
      const [child] = await supervisor.ask.whichChildren();
      if (child?.ref === undefined) return "gone";
      return child.ref === before ? undefined : child.ref;
    });
    expect(after !== "gone").toBe(isRestarted);
    // OTP keeps the spec of a transient child that has ended, and forgets a temporary one.
    const { specs } = await supervisor.ask.countChildren();
    expect(specs).toBe(restart === "temporary" ? 0 : 1);
  });

  it("[A2] gives up with shutdown when restarts exceed the intensity, also when starting itself keeps failing", async () => {
    let starts = 0;
    class Fragile extends Actor {
      constructor() {
        super();
        if (starts++ > 0) throw new Error("cannot start again");
      }
      crash(): never {
        throw new Error("crash");
      }
    }
    await using system = new ActorSystem({ runtime });
    const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(Fragile)], intensity: 3 }] });
    const cell = system.cellOf(supervisor);
    const [child] = await supervisor.ask.whichChildren();
    await (child?.ref as ActorRef<Fragile> | undefined)?.ask.crash().catch(() => {});
    expect(await eventually(() => cell?.exitReason)).toBe("shutdown");
    expect(starts).toBe(1 + 3);
    expect(system.size).toBe(0);
  });

  it("[A3] starts in order, stops in reverse, and a failed start stops those already started", async () => {
    const events: string[] = [];
    class Logged extends Actor {
      readonly #name: string;
      constructor(name: string) {
        super();
        this.#name = name;
      }
      protected override onStart(): void {
        if (this.#name === "bad") throw new Error("bad start");
        events.push(`start ${this.#name}`);
      }
      protected override onStop(): void {
        events.push(`stop ${this.#name}`);
      }
    }
    const specs = (...names: string[]) => names.map((name) => childSpec(Logged, { id: name, args: [name] }));
    await using system = new ActorSystem({ runtime });
    const good = system.spawn(Supervisor, { args: [{ children: specs("a", "b") }] });
    await good.ask.whichChildren();
    await system.stopActor(good, "shutdown");
    const bad = system.spawn(Supervisor, { args: [{ children: specs("c", "d", "bad", "e") }] });
    await expect(bad.ask.whichChildren()).rejects.toMatchObject({ code: "noproc" });
    expect(events).toEqual(["start a", "start b", "stop b", "stop a", "start c", "start d", "stop d", "stop c"]);
  });

  it("takes its children with it when it is killed", async () => {
    await using system = new ActorSystem({ runtime });
    const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(Worker, { id: "w" })] }] });
    const child = await childOf(supervisor, "w");
    system.cellOf(supervisor)?.kill();
    await expect(child?.ask.ping()).rejects.toMatchObject({ code: "noproc" });
    expect(system.size).toBe(0);
  });

  it("starts and terminates children on demand, also where messages are copied", async () => {
    await using system = new ActorSystem({ runtime, simulateRemote: (value) => structuredClone(value) });
    const supervisor = system.spawn(Supervisor);
    const child = (await supervisor.ask.startChild(childSpec(Worker, { id: "w" }))) as ActorRef<Worker>;
    expect(await child.ask.ping()).toBe("pong");
    await expect(supervisor.ask.startChild(childSpec(Worker, { id: "w" }))).rejects.toMatchObject({
      code: "childExists",
    });
  });

  it("survives a child that cannot be started: its caller is told, its children go on", async () => {
    class Broken extends Actor {
      constructor() {
        super();
        throw new Error("cannot be made");
      }
    }
    await using system = new ActorSystem({ runtime });
    const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(Worker, { id: "w" })] }] });
    const sibling = await childOf(supervisor, "w");
    await expect(supervisor.ask.startChild(childSpec(Broken))).rejects.toMatchObject({ code: "startFailed" });
    await expect(supervisor.ask.startChild(childSpec(Worker, { id: "w" }))).rejects.toMatchObject({
      code: "childExists",
    });
    expect(await sibling?.ask.ping()).toBe("pong");
  });

  it("[A1] sees that a transient child which ends at once ended normally", async () => {
    let starts = 0;
    class Brief extends Actor {
      protected override onStart(): void {
        starts++;
        this.context.stop("normal");
      }
    }
    await using system = new ActorSystem({ runtime });
    const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(Brief, { restart: "transient" })] }] });
    await eventually(async () => ((await supervisor.ask.countChildren()).active === 0 ? true : undefined));
    expect(starts).toBe(1);
  });
});
