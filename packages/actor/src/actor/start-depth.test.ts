import { describe, expect, it } from "vitest";
import {
  Actor,
  type ActorRef,
  ActorSystem,
  type ChildSpec,
  childSpec,
  createLog,
  type LogEvent,
  Supervisor,
  systemRuntime,
} from "../index.ts";

function begin(): { readonly system: ActorSystem; readonly events: LogEvent[] } {
  const events: LogEvent[] = [];
  const log = createLog((event) => events.push(event), "warn");
  return { system: new ActorSystem({ runtime: systemRuntime({ log }) }), events };
}

class Leaf extends Actor {}

/** Supervisors within each other, around `innermost`. */
function nest(depth: number, innermost: ChildSpec): ChildSpec {
  let spec = innermost;
  for (let level = 1; level < depth; level++) spec = childSpec(Supervisor, { args: [{ children: [spec] }] });
  return spec;
}

function startTree(system: ActorSystem, child: ChildSpec): ActorRef<Supervisor> {
  return system.spawn(Supervisor, { args: [{ children: [child] }] });
}

/** The error at the bottom of a chain of causes. */
function origin(error: unknown): unknown {
  let at = error;
  while (at instanceof Error && at.cause !== undefined) at = at.cause;
  return at;
}

describe("[X15] starts within starts", () => {
  it.each(["stop", "kill"])("2 000 supervisors within each other start, are counted, and %s", async (end) => {
    const { system, events } = begin();
    const root = startTree(system, nest(2_000, childSpec(Leaf)));
    expect(await root.ask.countChildren()).toEqual({ specs: 1, active: 1, supervisors: 1, workers: 0 });
    expect(system.size).toBe(2_001);
    if (end === "kill") system.cellOf(root)?.kill();
    await system.stop();
    expect([system.size, events]).toEqual([0, []]);
  });

  it("an onStart that fails below 1 500 others leaves none of them", async () => {
    class Failing extends Actor {
      protected override onStart(): void {
        throw new Error("no database");
      }
    }
    const { system } = begin();
    const root = startTree(system, nest(1_500, childSpec(Failing)));
    const failed = await system.whenStarted(root).catch((error) => error);
    expect(failed).toMatchObject({
      code: "startFailed",
      message: expect.stringMatching(/^Supervisor did not start: .*Failing did not start: Error: no database$/),
    });
    // It names the first one, and does not grow with each that it took along.
    expect(failed.message.length).toBeLessThan(100);
    expect(origin(failed)).toEqual(new Error("no database"));
    expect(system.size).toBe(0);
    await system.stop();
  });

  it("a list of children that holds itself is refused, and nothing of it is left", async () => {
    const { system } = begin();
    const children: ChildSpec[] = [];
    children.push(childSpec(Supervisor, { args: [{ children }] }));
    const failed = await system.whenStarted(startTree(system, children[0] as ChildSpec)).catch((error) => error);
    expect(origin(failed)).toMatchObject({ code: "overloaded", message: expect.stringContaining("its own children") });
    expect(system.size).toBe(0);
    await system.stop();
  });

  it("a class that spawns itself in onStart comes to an end, and its system stops", async () => {
    class Endless extends Actor {
      protected override onStart(): void {
        this.context.spawn(Endless);
      }
    }
    const { system, events } = begin();
    system.spawn(Endless);
    await expect.poll(() => events.length).toBe(1);
    expect(events[0]?.fields.error).toMatchObject({ code: "overloaded" });
    expect(system.size).toBe(5_000);
    await system.stop();
    expect(system.size).toBe(0);
  });

  it("a class that spawns itself in its constructor is refused before the stack is full, and leaves nothing", async () => {
    class Endless extends Actor {
      readonly next: unknown = this.context.spawn(Endless);
    }
    const { system } = begin();
    for (let time = 0; time < 3; time++) {
      let failed: unknown;
      try {
        system.spawn(Endless);
      } catch (error) {
        failed = error;
      }
      expect(failed).toMatchObject({ code: "startFailed" });
      expect((failed as Error).message.length).toBeLessThan(300);
      expect(origin(failed)).toMatchObject({
        code: "overloaded",
        message: expect.stringContaining("250 constructors"),
      });
      expect(system.size).toBe(0);
    }
    await system.stop();
  });

  /** Each spawns the next one in `onStart`. */
  class Nested extends Actor {
    readonly #left: number;
    readonly #started: string[];
    constructor(left: number, started: string[]) {
      super();
      this.#left = left;
      this.#started = started;
    }
    protected override onStart(): void {
      this.#started.push(`${this.self()}`);
      if (this.#left > 0) this.context.spawn(Nested, { args: [this.#left - 1, this.#started] });
    }
  }

  it("the first hundred run within spawn, the others soon, each as itself", async () => {
    const { system } = begin();
    const started: string[] = [];
    system.spawn(Nested, { args: [250, started] });
    expect(started.length).toBe(100);
    await expect.poll(() => started.length).toBe(251);
    expect(started).toEqual(Array.from({ length: 251 }, (_, at) => `ActorRef(local/${at + 1})`));
    await system.stop();
  });

  it("one that is killed before its turn never runs onStart", async () => {
    const { system } = begin();
    const started: string[] = [];
    system.spawn(Nested, { args: [250, started] });
    const next = system.cell(101);
    expect(next?.state).toBe("starting");
    next?.kill();
    await system.stop();
    expect([started.length, system.size]).toEqual([100, 0]);
  });
});
