import { AsyncLocalStorage } from "node:async_hooks";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type * as actors from "../index.ts";

type Package = typeof actors;

/** What a program keeps in the async context of a request. */
const request = new AsyncLocalStorage<string>();

let loaded: Package;
beforeAll(async () => {
  vi.resetModules();
  loaded = await request.run("importer", () => import("../index.ts"));
});

/** What each kind of code saw, by its name. */
type Seen = Map<string, string | undefined>;

function sightings({ Actor }: Package) {
  const seen: Seen = new Map();
  const see = (where: string): void => {
    // The worst of several sightings counts.
    if (!seen.has(where) || request.getStore() !== undefined) seen.set(where, request.getStore());
  };
  class Witness extends Actor {
    constructor() {
      super();
      see("constructor");
    }
    protected override onStart(): void {
      see("onStart");
      this.context.continueWith(() => see("continueWith"));
      this.context.timers.once("once", 1, () => see("once"));
      this.context.timers.every("every", 1, async () => {
        await Promise.resolve();
        see("every");
      });
      this.context.idleTimeoutMs = 60_000;
    }
    protected override onStop(): void {
      see("onStop");
    }
    protected override onDown(): void {
      see("onDown");
    }
    protected override onExit(): void {
      see("onExit");
    }
    handle(): void {
      see("handler");
    }
    async handleLater(): Promise<void> {
      see("async handler");
      await new Promise<void>((resolve) => this.context.system.runtime.setTimer(1, resolve));
      see("async handler after await");
    }
    watch(ref: actors.ActorRef<object>): void {
      this.context.monitor(ref);
      this.context.link(ref);
    }
    hold(): Promise<never> {
      return new Promise(() => {});
    }
    async giveUpLater(held: actors.ActorRef<Witness>): Promise<void> {
      await held
        .with({ timeoutMs: 5 })
        .ask.hold()
        .catch(() => see("after a deadline"));
    }
    async *items(): AsyncGenerator<number> {
      try {
        for (let i = 0; i < 200; i++) {
          see("generator");
          yield i;
        }
      } finally {
        see("generator's finally");
      }
    }
    async readAll(source: actors.ActorRef<Witness>): Promise<void> {
      for await (const _ of source.stream.items()) see("reader in a handler");
    }
    crash(): never {
      throw new Error("again");
    }
  }
  return { seen, see, Witness };
}

/** Does everything that makes actors' code run, as the code that calls does it first. */
async function useAll(pack: Package): Promise<Seen> {
  const { childSpec, Supervisor, startTask, TaskSupervisor } = pack;
  const { seen, see, Witness } = sightings(pack);
  const system = new pack.ActorSystem({ runtime: pack.systemRuntime({ log: pack.silentLog }) });
  const [witness, held] = [system.spawn(Witness), system.spawn(Witness)];
  witness.tell.handle();
  const { ask } = witness;
  await Promise.all([ask.handle(), ask.handleLater(), ask.giveUpLater(held), ask.readAll(system.spawn(Witness))]);
  for await (const item of system.spawn(Witness).stream.items()) if (item > 100) break;
  const gone = system.spawn(Witness);
  await ask.watch(gone);
  await system.stopActor(gone, "shutdown");
  await ask.handle();

  const root = system.spawn(Supervisor, { args: [{ children: [childSpec(Witness)] }] });
  const child = async () => (await root.ask.whichChildren())[0]?.ref as actors.ActorRef<InstanceType<typeof Witness>>;
  const first = await child();
  await first.ask.crash().catch(() => {});
  await expect.poll(child, { interval: 1 }).not.toBe(first);
  await (await child()).ask.handle();

  const task = await startTask(system.spawn(TaskSupervisor), async ({ signal }) => {
    see("task");
    signal.addEventListener("abort", () => see("task's abort"));
    await Promise.resolve();
    see("task after await");
    await new Promise(() => {});
  });
  await task.cancel();
  await task.result.catch(() => {});
  system.cellOf(held)?.kill();
  await system.stop();
  return seen;
}

const places = [
  ...[
    "constructor",
    "onStart",
    "continueWith",
    "once",
    "every",
    "handler",
    "async handler",
    "async handler after await",
  ],
  ...["after a deadline", "generator", "reader in a handler", "generator's finally", "onDown", "onExit", "onStop"],
  ...["task", "task after await", "task's abort"],
];

describe("code of actors, timers, tasks, supervisors and generators", () => {
  it("[X8] sees nothing of the async context that the package was imported in", async () => {
    const seen = await useAll(loaded);
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(places.map((place) => [place, undefined])));
  });

  it("[X8] sees nothing of the async context of whoever calls first", async () => {
    const seen = await request.run("first caller", () => useAll(loaded));
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(places.map((place) => [place, undefined])));
  });

  it("[X8] keeps what it enters itself from other actors", async () => {
    const { Actor, ActorSystem } = loaded;
    class Careless extends Actor {
      protected override onStart(): void {
        request.enterWith("of another actor");
      }
      async enter(): Promise<string | undefined> {
        request.enterWith("of another actor");
        await Promise.resolve();
        return request.getStore();
      }
    }
    class Other extends Actor {
      async look(): Promise<string | undefined> {
        return request.getStore();
      }
    }
    await using system = new ActorSystem({ runtime: loaded.systemRuntime({ log: loaded.silentLog }) });
    expect(await system.spawn(Careless).ask.enter()).toBe("of another actor");
    expect(await system.spawn(Other).ask.look()).toBeUndefined();
    expect(request.getStore()).toBeUndefined();
  });

  it("[X8] leaves the async context of the code that asks as it is, also after a deadline", async () => {
    const { Actor, ActorSystem } = loaded;
    class Silent extends Actor {
      hold(): Promise<never> {
        return new Promise(() => {});
      }
    }
    const system = new ActorSystem({ runtime: loaded.systemRuntime({ log: loaded.silentLog }) });
    const silent = system.spawn(Silent);
    const contexts = ["a", "b"].map((name) =>
      request.run(name, async () => {
        await silent
          .with({ timeoutMs: 5 })
          .ask.hold()
          .catch(() => {});
        return request.getStore();
      }),
    );
    expect(await Promise.all(contexts)).toEqual(["a", "b"]);
    system.cellOf(silent)?.kill();
    await system.stop();
  });
});
