import { Actor } from "../actor/actor.ts";
import { runOutside } from "../actor/execution.ts";
import { type ActorRef, assertRef } from "../message/ref.ts";
import { askTimeoutMsDefault, askTimeoutMsMax } from "../message/timeouts.ts";
import { callback, milliseconds } from "../options/option-rule.ts";
import { checkValue, OptionTable } from "../options/option-table.ts";
import { endingQuietly, expectEnd } from "../signal/expected-end.ts";
import { childSpec, type Shutdown, shutdownRule } from "./child-spec.ts";
import { DynamicSupervisor } from "./dynamic-supervisor.ts";

/**
 * Runs functions as supervised actors of their own, as Elixir's `Task.Supervisor` does: one that throws ends alone, and all end
 * with the supervisor. Use it through {@link startTask}.
 *
 * ```ts
 * import { ActorSystem, startTask, TaskSupervisor } from "@foundation/actor";
 *
 * await using system = new ActorSystem();
 * const tasks = system.spawn(TaskSupervisor);
 * const sum = await startTask(tasks, async () => 1 + 2);
 * const broken = await startTask(tasks, () => Promise.reject(new Error("no network")));
 * console.log(await sum.result); // 3
 * console.log(await broken.result.catch(({ message }) => message)); // no network
 * ```
 *
 * When not to use it: a function that only waits for others needs no task; call it.
 */
export class TaskSupervisor extends DynamicSupervisor {}

/** A function that runs as an actor. */
export interface Task<T> {
  readonly ref: ActorRef;
  /** What the function returns. Rejects with what it throws, and with `noproc` or `timeout`. */
  readonly result: Promise<T>;
  /** Ends the task: the function's `signal` is aborted, what it still returns is dropped. Waits for its end. */
  cancel(): Promise<void>;
}

/** Settings of a task. */
export interface TaskOptions {
  /**
   * Milliseconds until {@link Task.result} fails with `timeout`, and the task is ended. Its own time: a handler that starts it
   * may have less left. Default 5 000.
   */
  readonly timeoutMs?: number;
  /** How the task is stopped. Default 5 000 ms. */
  readonly shutdownMs?: Shutdown;
}

const taskTable = new OptionTable<TaskOptions>("startTask", {
  timeoutMs: milliseconds({ above: 0, max: askTimeoutMsMax }),
  shutdownMs: shutdownRule,
});

/** What a task's function gets. */
export interface TaskContext {
  /** Aborted when the task is to end. */
  readonly signal: AbortSignal;
}

/**
 * Starts a task.
 *
 * @example
 * ```ts
 * const task = await startTask(tasks, ({ signal }) => fetch(url, { signal }));
 * const response = await task.result;
 * ```
 * @throws ActorError `invalidOption` before anything is started; `noproc` when the supervisor is gone, `maxChildren`; `timeout`
 * when it does not come to it within 5 s, or what the asker of the handler at work still waits: then the function is not called.
 */
export function startTask<T>(
  supervisor: ActorRef<TaskSupervisor>,
  run: (context: TaskContext) => T | Promise<T>,
  options: TaskOptions = {},
): Promise<Task<T>> {
  return endingQuietly(start(supervisor, run, options));
}

async function start<T>(
  supervisor: ActorRef<TaskSupervisor>,
  run: (context: TaskContext) => T | Promise<T>,
  options: TaskOptions,
): Promise<Task<T>> {
  assertRef(supervisor);
  checkValue("what a task runs", run, callback);
  taskTable.check(options);
  const { timeoutMs = askTimeoutMsDefault, shutdownMs = 5_000 } = options;
  const abandoned = new AbortController();
  const args: [typeof run, AbortSignal] = [run, abandoned.signal];
  const spec = childSpec(TaskActor<T>, { id: "task", args, restart: "temporary", shutdownMs });
  const started = supervisor.ask.startChild(spec).catch((error) => {
    abandoned.abort();
    throw error;
  });
  const ref = (await started) as unknown as ActorRef<TaskActor<T>>;
  const cancel = (): Promise<void> => supervisor.ask.terminateChild(ref).catch(() => {});
  // As part of no actor: the time of the handler that starts a task is not the task's.
  const result = runOutside(() => ref.with({ timeoutMs }).ask.run()) as Promise<T>;
  // It has done what it was for; a result that comes after the deadline has no reader.
  result.then(cancel, cancel);
  return { ref: ref as unknown as ActorRef, result, cancel };
}

class TaskActor<T> extends Actor {
  static readonly remotable: boolean = false;
  /** So that a stop need not wait for the function, and can tell it. */
  static readonly reentrant: readonly string[] = ["run"];
  readonly #run: (context: TaskContext) => T | Promise<T>;
  readonly #abandoned: AbortSignal;
  readonly #abort = new AbortController();

  constructor(run: (context: TaskContext) => T | Promise<T>, abandoned: AbortSignal) {
    super();
    this.#run = run;
    this.#abandoned = abandoned;
  }

  async run(): Promise<T> {
    return await this.#run({ signal: this.#abort.signal });
  }

  /** Started after its caller had given up: nobody will ever run it. */
  protected override onStart(): void {
    if (this.#abandoned.aborted) this.context.stop("shutdown");
  }

  protected override onStop(): void {
    // What the function does with it, and what it has forgotten, is the end of the task and no failure.
    this.#abort.abort(expectEnd(new DOMException("the task has been ended", "AbortError")));
  }
}
