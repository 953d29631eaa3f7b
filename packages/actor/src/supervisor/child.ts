import type { Actor } from "../actor/actor.ts";
import { ActorCell } from "../actor/actor-cell.ts";
import type { ActorContext } from "../actor/actor-context.ts";
import { classNameOf } from "../actor/class-name.ts";
import { ActorError } from "../errors.ts";
import type { ActorRef } from "../message/ref.ts";
import { isError } from "../realm/native-class.ts";
import type { Timer } from "../runtime/runtime.ts";
import type { ExitReason } from "../signal/exit-reason.ts";
import type { Monitor } from "../signal/monitor.ts";
import { RestartBackoff } from "./backoff.ts";
import type { ChildSpec, Restart } from "./child-spec.ts";

/** A child as a supervisor lists it. */
export interface ChildInfo {
  readonly id: string;
  readonly className: string;
  readonly restart: Restart;
  /** Absent while the child is not running. */
  readonly ref: ActorRef | undefined;
  /** `restarting`: it is to be started again, after a start that failed, after its `backoff`, or with others of its group. */
  readonly state: "running" | "stopped" | "restarting";
}

/** How many children a supervisor has. */
export interface ChildCounts {
  /** Child specs, running or not. */
  readonly specs: number;
  /** Children that run. */
  readonly active: number;
  /** Specs of classes that are supervisors. */
  readonly supervisors: number;
  /** All other specs. */
  readonly workers: number;
}

/** What a supervisor finds its children by, without looking through all of them; they keep it right themselves. */
export class ChildIndex {
  /** Significant children that run or are to run again. */
  readonly living: Set<Child> = new Set();
  /** By what watches them. */
  readonly watched: Map<Monitor, Child> = new Map();
}

/** A restart that is to come. */
interface ComingRestart {
  /** Whether the child's own wait is over. */
  isDue: boolean;
  /** Whether the child's own timer or signal is still to come. */
  isPending: boolean;
}

/** Of a child whose restart others see to. Never changed. */
const withOthers: ComingRestart = { isDue: true, isPending: false };

/** One child of a supervisor: starts it, watches it, stops it. */
export class Child {
  readonly spec: ChildSpec;
  /** How often it was started again, or was tried to be. */
  restarts = 0;
  readonly #index: ChildIndex;
  readonly #backoff: RestartBackoff | undefined;
  #ref: ActorRef | undefined;
  #latest: ActorRef | undefined;
  #monitor: Monitor | undefined;
  /** Another object for each that comes by itself. */
  #restart: ComingRestart | undefined;
  #wait: Timer | undefined;

  constructor(spec: ChildSpec, index: ChildIndex) {
    this.spec = spec;
    this.#index = index;
    this.#backoff = spec.backoff && new RestartBackoff(spec.backoff);
  }

  get ref(): ActorRef | undefined {
    return this.#ref;
  }

  /** Whether it does not run and is to be started again. */
  get isRestarting(): boolean {
    return this.#restart !== undefined;
  }

  /** Whether it is to be started again, and may be now. */
  get isDue(): boolean {
    return this.#restart?.isDue === true;
  }

  /** Whether its restart comes by itself; one that is due and not pending depends on others to bring it about. */
  get isPending(): boolean {
    return this.#restart?.isPending === true;
  }

  /** Whether each restart waits, however many there were. */
  get hasBackoff(): boolean {
    return this.#backoff !== undefined;
  }

  get isSupervisor(): boolean {
    return this.spec.actorClass.isSupervisor === true;
  }

  get info(): ChildInfo {
    const { id, actorClass, restart } = this.spec;
    const state = this.isRestarting ? "restarting" : this.ref === undefined ? "stopped" : "running";
    return { id, className: classNameOf(actorClass), restart, ref: this.ref, state };
  }

  /**
   * Starts the child and waits for its `onStart`.
   *
   * @throws ActorError `startFailed`, with what went wrong as its cause; `noproc` when the supervisor has ended.
   */
  async start(context: ActorContext): Promise<ActorRef> {
    const { system } = context;
    // The code of a supervisor that was killed while it waited goes on, and must leave nobody behind.
    const supervisor = system.cellOf(context.self);
    if (supervisor === undefined) throw new ActorError("noproc", "the supervisor has ended");
    const { actorClass, args, shutdownMs } = this.spec;
    const stopMs = shutdownMs === "infinity" ? Number.POSITIVE_INFINITY : shutdownMs;
    const life = typeof stopMs === "number" && stopMs > 0 ? { stopMs } : {};
    const ref = system.spawnFrom<Actor, unknown[]>(supervisor, actorClass, { args, isReported: true, ...life });
    this.#ref = ref;
    this.#latest = ref;
    // From the first moment on, so that a child that ends right after its start is seen to end for its own reason.
    this.#watchWith(context.monitor(ref));
    this.#noteLife();
    try {
      const { startMs } = this.spec;
      await (startMs === Number.POSITIVE_INFINITY
        ? whenStarted(ref, system)
        : this.#startedWithin(startMs, context, ref));
      this.#expectRestart(undefined);
      this.#backoff?.started(system.runtime.now());
      return ref;
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  async #startedWithin(startMs: number, { system }: ActorContext, ref: ActorRef): Promise<void> {
    const { actorClass } = this.spec;
    let isLate = false;
    const limit = system.runtime.setTimer(startMs, () => {
      isLate = true;
      system.cellOf(ref)?.kill();
    });
    try {
      await whenStarted(ref, system);
    } catch (error) {
      if (!isLate) throw error;
      const text = `onStart of ${classNameOf(actorClass)} took more than ${startMs} ms, so it was killed`;
      throw new ActorError("startFailed", text, { cause: "timeout" });
    } finally {
      limit.cancel();
    }
  }

  /**
   * Stops the child as its spec says, and waits for its end.
   *
   * @returns why it ended, when that is worth a report: it crashed, or had to be killed.
   */
  async stop(context: ActorContext): Promise<ExitReason | undefined> {
    const { ref, spec } = this;
    this.#watchWith(undefined);
    this.#expectRestart(undefined);
    if (ref === undefined) return undefined;
    const { shutdownMs } = spec;
    const timeoutMs =
      shutdownMs === "infinity" ? Number.POSITIVE_INFINITY : shutdownMs === "brutalKill" ? 0 : shutdownMs;
    // The ref stays until then: a supervisor that is killed while it waits takes this child with it.
    await context.system.stopActor(ref, "shutdown", timeoutMs);
    this.#ref = undefined;
    this.#noteLife();
    const reason = ref.recipient instanceof ActorCell ? ref.recipient.exitReason : undefined;
    return reason === undefined || isStopInOrder(spec, reason) ? undefined : reason;
  }

  /** The child has ended, or does not matter any more. */
  forget(): void {
    this.#ref = undefined;
    this.#watchWith(undefined);
    this.#expectRestart(undefined);
  }

  /** Its latest life, also when that has ended. */
  get latest(): ActorRef | undefined {
    return this.#latest;
  }

  // ---- starting again ----

  /** It has ended or did not start, and is to be started again. @returns milliseconds to wait before, as its `backoff` says. */
  failed({ system: { runtime } }: ActorContext): number {
    return this.#backoff?.failed({ now: runtime.now(), random: runtime.random() }) ?? 0;
  }

  /** It is to be started again as soon as others are, which see to it. One that waits goes on waiting. */
  restartWithOthers(): void {
    if (!this.isRestarting) this.#expectRestart(withOthers);
  }

  /**
   * Calls `restart` after `waitMs`, behind the messages that wait for the supervisor: a shutdown above all, but also one that
   * terminates the child. Not any more once the child has been started, stopped or forgotten.
   */
  restartLater({ system, self }: ActorContext, waitMs: number, restart: () => Promise<void>): void {
    const supervisor = system.cellOf(self);
    // The code of a supervisor that was killed goes on, and must leave no timer behind.
    if (supervisor === undefined) return;
    const coming: ComingRestart = { isDue: waitMs === 0, isPending: true };
    this.#expectRestart(coming);
    const begin = (): Promise<void> | undefined => {
      if (this.#restart !== coming) return undefined;
      coming.isPending = false;
      return restart();
    };
    const post = (): void => {
      coming.isDue = true;
      supervisor.post("restart", begin);
    };
    if (waitMs === 0) post();
    else this.#wait = system.runtime.setTimer(waitMs, post);
  }

  /** Its supervisor has ended: nothing is to be started any more. */
  abandon(): void {
    this.#wait?.cancel();
  }

  #expectRestart(restart: ComingRestart | undefined): void {
    this.#wait?.cancel();
    this.#wait = undefined;
    this.#restart = restart;
    this.#noteLife();
  }

  #watchWith(monitor: Monitor | undefined): void {
    const { watched } = this.#index;
    if (this.#monitor !== undefined) {
      this.#monitor.cancel();
      watched.delete(this.#monitor);
    }
    this.#monitor = monitor;
    if (monitor !== undefined) watched.set(monitor, this);
  }

  #noteLife(): void {
    if (!this.spec.significant) return;
    const { living } = this.#index;
    if (this.#ref !== undefined || this.isRestarting) living.add(this);
    else living.delete(this);
  }
}

/** As `ActorSystem.whenStarted`, which takes three promises more for callers that do not handle how it ends. */
async function whenStarted({ recipient }: ActorRef, system: ActorContext["system"]): Promise<void> {
  try {
    if (recipient instanceof ActorCell) await recipient.whenStarted();
  } finally {
    // One that fails at once gives way to others, too.
    await system.takeTurn();
  }
}

/** As `shutdown/1` of supervisor.erl: a permanent child is not expected to end by itself, not even in order. */
function isStopInOrder({ shutdownMs, restart }: ChildSpec, reason: ExitReason): boolean {
  if (reason === (shutdownMs === "brutalKill" ? "killed" : "shutdown")) return true;
  if (restart === "permanent" || isError(reason)) return false;
  return reason === "normal" || reason === "shutdown" || typeof reason === "object";
}

/** Counts `children`. */
export function countChildren(children: Iterable<Child>): ChildCounts {
  let specs = 0;
  let active = 0;
  let supervisors = 0;
  for (const child of children) {
    specs++;
    if (child.ref !== undefined) active++;
    if (child.isSupervisor) supervisors++;
  }
  return { specs, active, supervisors, workers: specs - supervisors };
}

/** A supervisor that ends without its `onStop` leaves nobody behind who is unsupervised. */
export function killWith(context: ActorContext, children: () => Iterable<Child>): void {
  const { system } = context;
  const living = function* (): Iterable<ActorCell> {
    for (const { ref } of children()) {
      const cell = ref && system.cellOf(ref);
      if (cell !== undefined) yield cell;
    }
  };
  context.dependents = living;
  system.cellOf(context.self)?.onExit(() => {
    for (const child of children()) child.abandon();
    system.killAll([...living()]);
  });
}
