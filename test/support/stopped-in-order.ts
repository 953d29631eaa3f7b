// Lets much be under way when a system, or a node, stops in order; prints what came of it, one JSON object by scenario.
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import {
  Actor,
  type ActorRef,
  ActorSystem,
  childSpec,
  createLog,
  LocalRegistry,
  Supervisor,
  startTask,
  systemRuntime,
  TaskSupervisor,
} from "@foundation/actor";
import { askRecipient } from "@foundation/actor/spi";
import { Foundation } from "@foundation/runtime";

const problems: Record<string, string[]> = {};
let scenario = "none";
const note = (what: string): void => void (problems[scenario] ??= []).push(what);
const runtime = systemRuntime({
  log: createLog(({ event, fields }) => note(`${event} ${JSON.stringify(fields)}`), "warn"),
});

/** What runs beside the actors. What it fails with stays unhandled, so it is only counted. */
let running = 0;
async function beside<T>(work: () => Promise<T>): Promise<T> {
  running++;
  try {
    return await work();
  } finally {
    running--;
  }
}

/** Resolves once what is under way has nothing more to do at once: that takes turns of the event loop, and no time. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await nextTurn();
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (const endAt = performance.now() + 20_000; !condition(); await sleep(1)) {
    if (performance.now() > endAt) throw new Error(`${scenario}: not in time: ${what}`);
  }
}

/** Asks that targets have been asked and keep. */
let held = 0;
/** Streams that targets have begun. */
let read = 0;

/** Answers nothing until it ends. */
class Target extends Actor {
  hold(): Promise<string> {
    held++;
    return this.context.deferReply<string>().later;
  }
  async *items(): AsyncGenerator<number> {
    read++;
    yield 1;
    await new Promise(() => {});
  }
  ping(): string {
    return "pong";
  }
}

class Forgetful extends Actor {
  readonly #target: ActorRef<Target>;

  constructor(target: ActorRef<Target>) {
    super();
    this.#target = target;
  }
  ask(): void {
    void this.#target.ask.hold();
  }
  askDeeply(): void {
    void this.#next();
  }
  askAndWrap(): void {
    void this.#next().catch((cause: unknown) => {
      throw new Error("next failed", { cause });
    });
    void Promise.all([this.#next(), this.#next()]);
    void Promise.any([this.#target.ask.hold(), this.#target.ask.hold()]);
  }
  askAndCleanUp(): void {
    void beside(() => this.#next().finally(() => sleep(50)));
  }
  async askAndWait(): Promise<string> {
    return await this.#next();
  }
  askInTimers(): void {
    this.context.timers.every("ask", 1, () => void this.#next());
    runtime.setTimer(1, () => void this.#next());
  }
  read(): void {
    void this.#read();
  }
  async readAndWait(): Promise<void> {
    await this.#read();
  }
  async #read(): Promise<void> {
    for await (const _ of this.#target.stream.items());
  }
  async #next(): Promise<string> {
    return await this.#target.ask.hold();
  }
}

/** Starts once another actor has answered. */
class Late extends Actor {
  readonly #target: ActorRef<Target>;
  constructor(target: ActorRef<Target>) {
    super();
    this.#target = target;
  }
  protected override async onStart(): Promise<void> {
    await this.#target.ask.hold();
  }
}

class Full extends Actor {
  static readonly mailbox = { capacity: 1 };
  async hold(): Promise<void> {
    await new Promise<void>((resolve) => void runtime.setTimer(30, resolve));
  }
}

interface Running {
  readonly system: ActorSystem;
  readonly target: ActorRef<Target>;
  readonly forgetful: ActorRef<Forgetful>;
}

/** Goes on asking until that fails, as a program's background work does. */
function poll(ask: () => Promise<unknown>): Promise<never> {
  return beside(async () => {
    for (;;) {
      await sleep(2);
      await ask();
    }
  });
}

const stored: Promise<unknown>[] = [];

/** What is under way when the system stops. */
const scenarios: Record<string, (running: Running) => unknown> = {
  "an ask that its handler forgot": ({ forgetful }) => forgetful.tell.ask(),
  "an ask in a method that a handler forgot": ({ forgetful }) => forgetful.tell.askDeeply(),
  "asks that were wrapped": ({ forgetful }) => forgetful.tell.askAndWrap(),
  "an ask whose failure comes late": ({ forgetful }) => forgetful.tell.askAndCleanUp(),
  "an ask that a handler waits for": ({ forgetful }) => void forgetful.ask.askAndWait(),
  "asks in timers": async ({ forgetful }) => {
    forgetful.tell.askInTimers();
    const before = held;
    await until("both timers have asked", () => held > before + 2);
  },
  "an ask of no actor": ({ target }) => void target.ask.hold(),
  "an async function of no actor": ({ target }) => void (async () => await target.ask.hold())(),
  "stored asks": ({ target }) => stored.push(target.ask.hold(), target.ask.hold()),
  "a stream of no actor": ({ target }) => {
    void (async () => {
      for await (const _ of target.stream.items());
    })();
    void target.stream.items().next();
  },
  "streams of an actor": ({ forgetful }) => {
    forgetful.tell.read();
    forgetful.tell.readAndWait();
  },
  "background loops": ({ system, target }) => {
    const names = new LocalRegistry(system, { keys: "unique" });
    names.register("target", target, undefined);
    void poll(() => target.ask.ping());
    void poll(() => names.ref<Target>("target").ask.ping());
    void poll(async () => {
      for await (const _ of target.stream.items()) break;
    });
    void poll(async () => system.spawn(Target));
    void poll(async () => system.whenStarted(system.spawn(Target)));
  },
  tasks: async ({ system, target }) => {
    const tasks = system.spawn(TaskSupervisor);
    const asks = await startTask(tasks, () => target.ask.hold());
    const sleeps = await startTask(tasks, ({ signal }) => sleep(60_000, undefined, { signal }));
    const forgets = await startTask(tasks, async ({ signal }) => {
      void sleep(60_000, undefined, { signal });
      await new Promise(() => {});
    });
    for (const { result } of [asks, sleeps, forgets]) void (async () => await result)();
  },
  "an actor that starts": ({ system, target }) => {
    const late = system.spawn(Late, { args: [target] });
    void system.whenStarted(late);
    void askRecipient(late.recipient, "hold", []).catch(() => {});
  },
  "a supervisor's children": async ({ system, target }) => {
    const supervisor = system.spawn(Supervisor, {
      args: [{ children: [childSpec(Forgetful, { args: [target] }), childSpec(Target)] }],
    });
    const [first] = await supervisor.ask.whichChildren();
    const child = first?.ref as ActorRef<Forgetful> | undefined;
    child?.tell.askDeeply();
    void child?.ask.askAndWait();
  },
  "a wait for room": ({ system }) => {
    const full = system.spawn(Full);
    full.tell.hold();
    void (async () => await full.ready())();
  },
};

process.on("uncaughtException", (error) => note(`uncaught ${error.name}: ${error.message}`));

for (const [name, begin] of Object.entries(scenarios)) {
  scenario = name;
  problems[name] = [];
  const system = new ActorSystem({ runtime });
  const target = system.spawn(Target);
  const forgetful = system.spawn(Forgetful, { args: [target] });
  await begin({ system, target, forgetful });
  await quiet();
  await system.stop();
  await until("what runs beside the system has found out", () => running === 0);
  await quiet();
}
scenario = "stored asks, looked at afterwards";
problems[scenario] = (await Promise.allSettled(stored))
  .map((result) => (result.status === "rejected" && result.reason.code === "noproc" ? "" : "no noproc"))
  .filter((problem) => problem !== "");

scenario = "a node";
problems[scenario] = [];
const directory = process.argv[2] as string;
// Links that break while both sides stop are warned of.
const log = createLog(({ event, fields }) => note(`${event} ${JSON.stringify(fields)}`), "error");
const [one, two] = [
  await Foundation.start({ name: "one", directory, log }),
  await Foundation.start({ name: "two", directory, log }),
];
await Promise.all([one.ready({ size: 2 }), two.ready({ size: 2 })]);
const far = two.spawn(Target, { name: "far" });
one.spawn(Target, { name: "near" });
await until("the name is known", () => one.registry.lookup("far") !== undefined);
const seen = one.actor<Target>("far");
[held, read] = [0, 0];
one.spawn(Forgetful, { args: [seen] }).tell.askDeeply();
one.spawn(Forgetful, { args: [seen] }).tell.read();
void seen.ask.hold();
void poll(() => seen.ask.ping());
void poll(() => one.actor<Target>("near").ask.ping());
void (async () => {
  for await (const _ of seen.stream.items());
})();
await until("the far actor holds both asks and is read", () => held === 2 && read === 2);
await one.stop();
await until("what runs beside the node has found out", () => running === 0);
await quiet();
problems["the other node"] = two.system.cellOf(far)?.isAlive === true ? [] : ["it is gone"];
await two.stop();
process.stdout.write(JSON.stringify(problems));
