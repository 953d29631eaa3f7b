// [X14] The same for @foundation/actor, which may be installed alone.
import {
  Actor,
  ActorSystem,
  type CallOptions,
  childSpec,
  DynamicSupervisor,
  describeExit,
  LocalRegistry,
  PartitionSupervisor,
  Supervisor,
  startTask,
  systemRuntime,
  TaskSupervisor,
} from "@foundation/actor";
import { Deadlines, Protocol, RestartIntensity, runOutside } from "@foundation/actor/spi";

export class Counter extends Actor {
  #count = 0;
  increment(by = 1) {
    return (this.#count += by);
  }
  async *watch() {
    yield this.#count;
  }
  inside() {
    const { context } = this;
    return { context, deferred: context.deferReply<number>(), timers: context.timers, me: this.self<Counter>() };
  }
}

export const options = { timeoutMs: 1, priority: "high" } satisfies CallOptions;
export const system = new ActorSystem();
export const counter = system.spawn(Counter);
export const { tell, ask, stream, recipient } = counter;
export const askIncrement = counter.ask.increment;
export const watch = counter.stream.watch;
export const inside = await counter.ask.inside();
export const cell = system.cellOf(counter);
export const { spawn, stopActor, tree, protocolOf } = system;
export const protocol = new Protocol(Counter, Actor.prototype);
export const method = protocol.method("increment");
export const runtime = systemRuntime();
export const deadlines = new Deadlines(runtime);
export const intensity = new RestartIntensity({});
export const local = new LocalRegistry<number>(system, { keys: "duplicate" });
export const entries = local.lookup("key");
export const listen = local.listen.bind(local);
export const spec = childSpec(Counter);
export const specs = childSpec;
export const reason = describeExit("normal");
export const outside = runOutside;
export const supervised = system.spawn(Supervisor);
export const children = await supervised.ask.whichChildren();
export const counts = await supervised.ask.countChildren();
export const dynamic = system.spawn(DynamicSupervisor);
export const started = await dynamic.ask.startChild(spec);
export const partitions = system.spawn(PartitionSupervisor, { args: [{ child: () => spec, partitions: 2 }] });
export const tasks = system.spawn(TaskSupervisor);
export const task = await startTask(tasks, ({ signal }) => signal.aborted);
