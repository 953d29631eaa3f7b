import { describe, expect, it } from "vitest";
import {
  Actor,
  type ActorRef,
  ActorSystem,
  childSpec,
  createLog,
  DynamicSupervisor,
  type ExitReason,
  type LogEvent,
  Supervisor,
  systemRuntime,
} from "../index.ts";

/** What actors of a test say as they end. */
class Ends {
  readonly reasons = new Map<string, number>();
  readonly order: number[] = [];

  note(index: number, reason: ExitReason): void {
    this.order.push(index);
    const key = typeof reason === "string" ? reason : "another one";
    this.reasons.set(key, (this.reasons.get(key) ?? 0) + 1);
  }
}

class Link extends Actor {
  readonly #ends: Ends;
  readonly #index: number;
  constructor(ends: Ends, index: number) {
    super();
    this.#ends = ends;
    this.#index = index;
  }
  next(count: number): void {
    if (count > 0) this.context.spawn(Link, { args: [this.#ends, this.#index + 1] }).tell.next(count - 1);
  }
  spawnAll(count: number): void {
    for (let i = 1; i <= count; i++) this.context.spawn(Link, { args: [this.#ends, i] });
  }
  protected override onStop(reason: ExitReason): void {
    this.#ends.note(this.#index, reason);
  }
}

function start(): { system: ActorSystem; ends: Ends; events: LogEvent[] } {
  const events: LogEvent[] = [];
  const log = createLog((event) => events.push(event), "warn");
  return { system: new ActorSystem({ runtime: systemRuntime({ log }) }), ends: new Ends(), events };
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 20_000, interval: 1 }).toBe(true);
}

describe("[X15] a system stops", () => {
  it("12 000 actors, each spawned by the one before: onStop of all, one after the other, for the right reason", async () => {
    const { system, ends, events } = start();
    system.spawn(Link, { args: [ends, 0] }).tell.next(11_999);
    await until(() => system.size === 12_000);
    await system.stop();
    expect([...ends.reasons]).toEqual([["shutdown", 12_000]]);
    expect(ends.order.every((index, at) => index === at)).toBe(true);
    expect([system.size, events]).toEqual([0, []]);
  });

  it("100 000 children of one actor", async () => {
    const { system, ends, events } = start();
    system.spawn(Link, { args: [ends, 0] }).tell.spawnAll(100_000);
    await until(() => system.size === 100_001);
    await system.stop();
    expect([...ends.reasons]).toEqual([["shutdown", 100_001]]);
    expect([system.size, events]).toEqual([0, []]);
  });

  it("chains below supervisors and supervisors below chains, each in its own order", async () => {
    const { system, ends, events } = start();
    class Nest extends Actor {
      protected override onStart(): void {
        const children = [1, 2, 3].map((id) => childSpec(Link, { id: String(id), args: [ends, id] }));
        const supervisor = this.context.spawn(Supervisor, { args: [{ children }] });
        void supervisor.ask.whichChildren().then((infos) => {
          for (const { ref } of infos) (ref as ActorRef<Link>).tell.next(1_000);
        });
        this.context.spawn(DynamicSupervisor);
      }
    }
    for (let i = 0; i < 5; i++) system.spawn(Nest);
    await until(() => system.size === 5 * (3 + 3 * 1_001));
    await system.stop();
    expect([...ends.reasons]).toEqual([["shutdown", 5 * 3 * 1_001]]);
    // Of each supervisor's children the last one first, then what these left behind, then the next supervisor's.
    const perNest = 3 * 1_001;
    for (let nest = 0; nest < 5; nest++)
      expect(ends.order.slice(nest * perNest, nest * perNest + 3)).toEqual([3, 2, 1]);
    expect([system.size, events]).toEqual([0, []]);
  });

  it("3 000 supervisors within each other, also when the outermost is killed", async () => {
    class Nested extends DynamicSupervisor {
      async nest(count: number): Promise<void> {
        if (count === 0) return;
        const inner = (await this.startChild(childSpec(Nested, { restart: "temporary" }))) as ActorRef<Nested>;
        inner.tell.nest(count - 1);
      }
    }
    for (const how of ["stop", "kill"] as const) {
      const { system, events } = start();
      const outermost = system.spawn(Nested);
      outermost.tell.nest(2_999);
      await until(() => system.size === 3_000);
      const cells = Array.from({ length: 3_000 }, (_, i) => system.cell(i + 1));
      if (how === "kill") system.cellOf(outermost)?.kill();
      await system.stop();
      const reasons = new Set(cells.map((cell) => cell?.exitReason));
      expect([...reasons]).toEqual([how === "kill" ? "killed" : "shutdown"]);
      expect(events.map(({ event }) => event).filter((event) => /threw|crashed|in time/.test(event))).toEqual([]);
    }
  });

  it("once, for all who ask for it", async () => {
    const { system, ends } = start();
    system.spawn(Link, { args: [ends, 0] }).tell.next(100);
    await until(() => system.size === 101);
    await Promise.all([system.stop(), system.stop()]);
    expect([...ends.reasons]).toEqual([["shutdown", 101]]);
  });

  it("an actor that has ended holds on to none of those before it", async () => {
    const { system, ends } = start();
    const first = system.spawn(Link, { args: [ends, 0] });
    first.tell.next(2);
    await until(() => system.size === 3);
    const second = system.cell(2);
    expect(second?.parent?.self.equals(first)).toBe(true);
    second?.kill();
    expect(second?.parent).toBeUndefined();
    await system.stop();
  });
});
