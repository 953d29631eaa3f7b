// [X14] What a package may export without naming its type: every result of a public function of @foundation/runtime. With
// `declaration: true` the compiler has to name all these types, and only @foundation/runtime is installed beside it.
import {
  Actor,
  ActorSystem,
  childSpec,
  DynamicSupervisor,
  Foundation,
  LocalRegistry,
  PartitionSupervisor,
  Supervisor,
  simulatedHop,
  startTask,
  systemRuntime,
  TaskSupervisor,
} from "@foundation/runtime";

export class Counter extends Actor {
  #count = 0;
  readonly started = this.context.timers;
  increment(by = 1) {
    return (this.#count += by);
  }
  async *watch() {
    yield this.#count;
  }
  me() {
    return this.self<Counter>();
  }
  inside() {
    const { context } = this;
    return {
      context,
      deferred: context.deferReply<number>(),
      monitor: context.monitor(this.self()),
      parent: context.parent,
      log: context.log,
      child: context.spawn(Counter),
      system: context.system,
    };
  }
}

export class Narrow extends Actor {
  static readonly protocol = {};
}

export const node = await Foundation.start();
export const counter = node.spawn(Counter);
export const { tell, ask, stream, recipient } = counter;
export const increment = counter.tell.increment;
export const asked = counter.ask.increment(1);
export const askIncrement = counter.ask.increment;
export const watched = counter.stream.watch();
export const watch = counter.stream.watch;
export const refusedStream = counter.ask.watch;
export const inside = await counter.ask.inside();
export const urgent = counter.with({ priority: "high" });
export const singleton = await node.singleton("counter", Counter);
export const narrow = node.spawn(Narrow);
export const named = node.actor<Counter>("counter");
export const members = node.members();
export const tree = node.tree();
export const { system, membership, registry, supervisor, transport, spawn, singleton: makeSingleton } = node;

export const owner = registry.owner("counter");
export const register = registry.register.bind(registry);
export const registryEvents = registry.events;
export const { events, endpoint, messages } = membership;
export const protocol = membership.protocol.bind(membership);
export const member = membership.member("a");
export const stats = endpoint.stats();
export const link = endpoint.link("a");
export const cell = system.cellOf(counter);
export const spawnHere = system.spawn.bind(system);
export const runtime = systemRuntime();
export const alone = new ActorSystem();
export const timer = runtime.setTimer(1, () => {});

export const local = new LocalRegistry(alone, { keys: "unique" });
export const listen = local.listen.bind(local);
export const entries = local.lookup("key");
export const spec = childSpec(Counter);
export const supervised = alone.spawn(Supervisor);
export const children = await supervised.ask.whichChildren();
export const counts = await supervised.ask.countChildren();
export const dynamic = alone.spawn(DynamicSupervisor);
export const partitions = alone.spawn(PartitionSupervisor, { args: [{ child: () => spec, partitions: 2 }] });
export const partition = await partitions.ask.partition("key");
export const tasks = alone.spawn(TaskSupervisor);
export const task = await startTask(tasks, () => 1);
export const hop = simulatedHop();

/** In generic code, where the compiler cannot look behind the names of the types. */
export function generic<A extends Actor>(ref: ReturnType<typeof node.actor<A>>) {
  return { tell: ref.tell, ask: ref.ask, stream: ref.stream, with: ref.with({}) };
}
