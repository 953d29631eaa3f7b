import type { Actor } from "../actor/actor.ts";
import type { ActorContext } from "../actor/actor-context.ts";
import { ActorError } from "../errors.ts";
import type { ActorRef } from "../message/ref.ts";
import { describeExit, type ExitReason } from "../signal/exit-reason.ts";
import type { Monitor } from "../signal/monitor.ts";
import type { ChildSpec, Restart } from "./child-spec.ts";

/** A child as a supervisor lists it. */
export interface ChildInfo {
  readonly id: string;
  readonly className: string;
  readonly restart: Restart;
  /** Absent while the child is not running. */
  readonly ref: ActorRef | undefined;
  /** `restarting`: its last start failed, and is tried again. */
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

/** One child of a supervisor: starts it, watches it, stops it. */
export class Child {
  readonly spec: ChildSpec;
  ref: ActorRef | undefined;
  monitor: Monitor | undefined;
  /** Whether a failed restart is to be tried again. */
  isRestarting = false;
  /** How often it was started again. */
  restarts = 0;

  constructor(spec: ChildSpec) {
    this.spec = spec;
  }

  get isSupervisor(): boolean {
    const { actorClass } = this.spec;
    return "isSupervisor" in actorClass && actorClass.isSupervisor === true;
  }

  get info(): ChildInfo {
    const { id, actorClass, restart } = this.spec;
    const state = this.isRestarting ? "restarting" : this.ref === undefined ? "stopped" : "running";
    return { id, className: actorClass.name, restart, ref: this.ref, state };
  }

  /**
   * Starts the child and waits for its `onStart`.
   *
   * @param extra arguments behind those of the spec.
   * @throws ActorError `startFailed`, with what went wrong as its cause.
   */
  async start(context: ActorContext, extra: readonly unknown[] = []): Promise<ActorRef> {
    const { actorClass, args, startMs, id } = this.spec;
    const ref = context.spawn<Actor, unknown[]>(actorClass, { args: [...args, ...extra] });
    this.ref = ref;
    // From the first moment on, so that a child that ends right after its start is seen to end for its own reason.
    this.monitor = context.monitor(ref);
    const { system } = context;
    const limit =
      startMs === Number.POSITIVE_INFINITY
        ? undefined
        : system.runtime.setTimer(startMs, () => {
            context.log.warn("child killed: it did not start in time", { child: id, startMs });
            system.cellOf(ref)?.kill();
          });
    try {
      await system.whenStarted(ref);
      this.isRestarting = false;
      return ref;
    } catch (error) {
      this.forget();
      throw error;
    } finally {
      limit?.cancel();
    }
  }

  /** Stops the child as its spec says, and waits for its end. */
  async stop(context: ActorContext): Promise<void> {
    const { ref, spec } = this;
    this.forget();
    if (ref === undefined) return;
    const { shutdownMs } = spec;
    const timeoutMs =
      shutdownMs === "infinity" ? Number.POSITIVE_INFINITY : shutdownMs === "brutalKill" ? 0 : shutdownMs;
    await context.system.stopActor(ref, "shutdown", timeoutMs);
  }

  /** The child has ended, or does not matter any more. */
  forget(): void {
    this.monitor?.cancel();
    this.ref = this.monitor = undefined;
    this.isRestarting = false;
  }

  /** Logs that the child has ended, with what there is to know about it. */
  report(context: ActorContext, event: string, reason: ExitReason): void {
    const { id, actorClass, restart } = this.spec;
    context.log.error(event, {
      child: id,
      className: actorClass.name,
      restart,
      reason: describeExit(reason),
      restarts: this.restarts,
      ...(reason instanceof Error && reason.stack !== undefined ? { stack: reason.stack } : {}),
    });
  }
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

/** A supervisor that is killed runs no hook; its children must not outlive it unsupervised. */
export function killWith(context: ActorContext, children: () => Iterable<Child>): void {
  context.system.cellOf(context.self)?.onExit((reason) => {
    if (reason !== "killed") return;
    for (const { ref } of [...children()]) if (ref !== undefined) context.system.cellOf(ref)?.kill();
  });
}

/** The error of a child that is not there. */
export function noSuchChild(id: string): ActorError {
  return new ActorError("noSuchChild", `this supervisor has no child ${JSON.stringify(id)}`);
}
