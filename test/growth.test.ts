// Slow: measures work on thousands of things.
// What ends or is taken back costs the same however much of its kind is left: eight times as many, not 64 times the work.
import {
  Actor,
  type ActorRef,
  ActorSystem,
  type ChildSpec,
  childSpec,
  DynamicSupervisor,
  LocalRegistry,
  type Monitor,
  Supervisor,
  silentLog,
  systemRuntime,
} from "@foundation/actor";
import { describe, expect, it } from "vitest";

const few = 2_000;
const times = 8;
/** Eight times linear work is 8 times as much, or a little more; eight times quadratic work is 64 times as much. */
const ratioMax = 24;

/** Milliseconds of this process's own computing: other processes have no part in them. */
async function cost(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** What a case does with `count` of its kind: prepares, and returns what is measured. */
type Case = (system: ActorSystem, count: number) => Promise<() => Promise<void>>;

async function measure(each: Case, count: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    await using system = new ActorSystem({ runtime: systemRuntime({ log: silentLog }) });
    least = Math.min(least, await cost(await each(system, count)));
  }
  return least;
}

class Target extends Actor {
  leave(): void {
    this.context.stop();
  }
  crash(): never {
    throw new Error("crash");
  }
}

class Holder extends Actor {
  readonly #refs: ActorRef<Target>[] = [];
  readonly #monitors: Monitor[] = [];
  #ends = 0;

  tie(count: number): void {
    for (let i = 0; i < count; i++) {
      const ref = this.context.spawn(Target, { link: true });
      this.#refs.push(ref);
      this.#monitors.push(this.context.monitor(ref));
    }
  }
  untie(): void {
    for (const ref of this.#refs.toReversed()) this.context.unlink(ref);
    for (const monitor of this.#monitors.toReversed()) monitor.cancel();
  }
  async stopTied(): Promise<void> {
    for (const ref of this.#refs.toReversed()) await this.context.system.stopActor(ref);
  }
  protected override onExit(): void {
    this.#ends++;
  }
  ends(): number {
    return this.#ends;
  }
  stash(): void {
    return this.context.stash();
  }
  unstash(): number {
    return this.context.unstash();
  }
  startTimers(count: number): void {
    for (let i = 0; i < count; i++) this.context.timers.once(`${i}`, 1_000_000, () => {});
  }
  cancelTimers(count: number): void {
    for (let i = count; i-- > 0; ) this.context.timers.cancel(`${i}`);
  }
}

/** Waits until `count` of the children have ended, and their supervisor has learnt of it. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise<void>((resolve) => setImmediate(resolve));
}

async function supervised(system: ActorSystem, options: object): Promise<[ActorRef<Supervisor>, ActorRef<Target>[]]> {
  const supervisor = system.spawn(Supervisor, { args: [options] });
  const infos = await supervisor.with({ timeoutMs: 60_000 }).ask.whichChildren();
  return [supervisor, infos.map(({ ref }) => ref as ActorRef<Target>)];
}

function specs(count: number, options: Partial<ChildSpec>): ChildSpec[] {
  return Array.from({ length: count }, (_, id) => ({ ...childSpec(Target, { id: String(id) }), ...options }));
}

const active = async (supervisor: ActorRef<Supervisor> | ActorRef<DynamicSupervisor>): Promise<number> =>
  (await (supervisor as ActorRef<Supervisor>).with({ timeoutMs: 60_000 }).ask.countChildren()).active;

const cases: Record<string, Case> = {
  "children of a supervisor that end in reverse order": async (system, count) => {
    const [supervisor, refs] = await supervised(system, { children: specs(count, { restart: "temporary" }) });
    return async () => {
      for (const ref of refs.toReversed()) ref.tell.leave();
      await until(async () => (await active(supervisor)) === 0);
    };
  },
  "significant children of a supervisor that waits for the last of them": async (system, count) => {
    const children = specs(count, { restart: "transient", significant: true });
    const [supervisor, refs] = await supervised(system, { children, autoShutdown: "allSignificant" });
    return async () => {
      for (const ref of refs) ref.tell.leave();
      await until(() => system.cellOf(supervisor) === undefined);
    };
  },
  "children of a supervisor that are all restarted": async (system, count) => {
    const [supervisor, refs] = await supervised(system, { children: specs(count, {}), intensity: 100_000 });
    return async () => {
      for (const ref of refs.toReversed()) ref.tell.crash();
      await until(
        async () => refs.every((ref) => system.cellOf(ref) === undefined) && (await active(supervisor)) === count,
      );
    };
  },
  "children of a dynamic supervisor that end in reverse order": async (system, count) => {
    const supervisor = system.spawn(DynamicSupervisor);
    const spec = childSpec(Target, { restart: "temporary" });
    const starts = Array.from({ length: count }, () => supervisor.with({ timeoutMs: 60_000 }).ask.startChild(spec));
    const refs = (await Promise.all(starts)) as ActorRef<Target>[];
    return async () => {
      for (const ref of refs.toReversed()) ref.tell.leave();
      await until(async () => (await active(supervisor)) === 0);
    };
  },
  "links and monitors that are taken back in reverse order": async (system, count) => {
    const holder = system.spawn(Holder);
    await holder.ask.tie(count);
    return () => holder.ask.untie();
  },
  "linked and monitored actors that end in reverse order": async (system, count) => {
    const holder = system.spawn(Holder);
    await holder.ask.tie(count);
    return () => holder.with({ timeoutMs: 60_000 }).ask.stopTied();
  },
  "members of a group that leave it in reverse order": async (system, count) => {
    const registry = new LocalRegistry(system, { keys: "duplicate" });
    const refs = Array.from({ length: count }, () => system.spawn(Target));
    for (const ref of refs) registry.register("group", ref);
    return async () => {
      for (const ref of refs.toReversed()) expect(registry.unregister("group", ref)).toBe(1);
    };
  },
  "members of a group that end one after the other, while the first is asked for": async (system, count) => {
    const registry = new LocalRegistry(system, { keys: "duplicate" });
    const refs = Array.from({ length: count }, () => system.spawn(Target));
    for (const ref of refs) registry.register("group", ref);
    return async () => {
      for (const ref of refs) {
        expect(registry.whereis("group")).toBe(ref);
        system.cellOf(ref)?.kill();
      }
    };
  },
  "stashed messages": async (system, count) => {
    const holder = system.spawn(Holder);
    for (let i = 0; i < count / 2; i++) holder.tell.stash();
    await holder.ask.ends();
    return async () => void (await holder.ask.unstash());
  },
  "timers that are cancelled in reverse order": async (system, count) => {
    const holder = system.spawn(Holder);
    await holder.ask.startTimers(count);
    return () => holder.ask.cancelTimers(count);
  },
};

describe("[X19] the cost grows with the number, not with its square, for", () => {
  it.each(Object.entries(cases))("%s", async (_name, each) => {
    // Once for the compiler's sake.
    await measure(each, few);
    const small = await measure(each, few);
    const large = await measure(each, few * times);
    // Below two milliseconds a single collection of garbage decides.
    expect(large / Math.max(small, 2), `${small} ms for ${few}, ${large} ms for ${few * times}`).toBeLessThan(ratioMax);
  });
});
