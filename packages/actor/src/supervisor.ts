import { Actor } from "./actor.ts";
import { type ChildSpec, shouldRestart } from "./child-spec.ts";
import { ActorError } from "./errors.ts";
import { describeExit, type ExitReason, reasonFrom } from "./exit-reason.ts";
import type { Down, Monitor } from "./monitor.ts";
import type { ActorRef } from "./ref.ts";
import { Rejection } from "./rejection.ts";
import { RestartIntensity, type RestartIntensityOptions } from "./restart-intensity.ts";

/** Settings of a {@link Supervisor}. */
export interface SupervisorOptions extends RestartIntensityOptions {
  /** Which children a crash restarts; `oneForOne`: only the one that ended. */
  readonly strategy?: "oneForOne";
  /** Started in this order before the supervisor takes messages, and stopped in reverse. */
  readonly children?: readonly ChildSpec[];
}

/** A child as {@link Supervisor.whichChildren} lists it. */
export interface ChildInfo {
  readonly id: string;
  readonly className: string;
  /** Absent while the child is not running. */
  readonly ref: ActorRef | undefined;
}

interface Child {
  readonly spec: ChildSpec;
  ref: ActorRef | undefined;
  monitor: Monitor | undefined;
}

/**
 * Starts children in order, restarts them by their restart type, gives up when they fail too often.
 *
 * A restarted child is a new actor with a new ref; what has to survive a restart is addressed by name.
 *
 * When not to use it: for one actor in a whole cluster use a singleton, which is supervised already.
 */
export class Supervisor extends Actor {
  /** Child specs hold classes, which do not travel. */
  static readonly remotable: boolean = false;

  readonly #children = new Map<string, Child>();
  readonly #intensity: RestartIntensity;
  readonly #initial: readonly ChildSpec[];

  constructor({ children = [], intensity, periodMs }: SupervisorOptions = {}) {
    super();
    this.#initial = children;
    this.#intensity = new RestartIntensity({
      ...(intensity === undefined ? {} : { intensity }),
      ...(periodMs === undefined ? {} : { periodMs }),
    });
  }

  protected override async onStart(): Promise<void> {
    // A killed supervisor runs no hook; its children must not outlive it unsupervised.
    this.context.system.cellOf(this.self())?.onExit((reason) => {
      if (reason === "killed") this.#killAll();
    });
    try {
      for (const spec of this.#initial) await this.#startNew(spec);
    } catch (error) {
      await this.#stopAll();
      throw error;
    }
  }

  protected override async onStop(): Promise<void> {
    await this.#stopAll();
  }

  protected override async onDown({ monitor, reason }: Down): Promise<void> {
    const child = [...this.#children.values()].find((each) => each.monitor === monitor);
    if (child === undefined) return;
    child.ref = child.monitor = undefined;
    if (!shouldRestart(child.spec.restart, reason)) {
      this.#children.delete(child.spec.id);
      return;
    }
    await this.#restart(child, reason);
  }

  /**
   * Adds a child and starts it.
   *
   * @throws ActorError `startFailed`; `invalidOption` when the id is taken.
   */
  async startChild(spec: ChildSpec): Promise<ActorRef> {
    try {
      return await this.#startNew(spec);
    } catch (error) {
      // A child that cannot start is the caller's affair; the others go on.
      throw new Rejection(reasonFrom(error));
    }
  }

  /** Stops a child and forgets it. @returns whether there was one with this id. */
  async terminateChild(id: string): Promise<boolean> {
    const child = this.#children.get(id);
    if (child === undefined) return false;
    this.#children.delete(id);
    await this.#stop(child);
    return true;
  }

  /** The children in start order. */
  whichChildren(): ChildInfo[] {
    return [...this.#children.values()].map(({ spec, ref }) => ({ id: spec.id, className: spec.actorClass.name, ref }));
  }

  async #startNew(spec: ChildSpec): Promise<ActorRef> {
    if (this.#children.has(spec.id)) {
      throw new ActorError(
        "invalidOption",
        `this supervisor already has a child ${JSON.stringify(spec.id)}; terminate it first`,
      );
    }
    const child: Child = { spec, ref: undefined, monitor: undefined };
    this.#children.set(spec.id, child);
    try {
      return await this.#start(child);
    } catch (error) {
      this.#children.delete(spec.id);
      throw error;
    }
  }

  async #start(child: Child): Promise<ActorRef> {
    const { actorClass, args } = child.spec;
    const ref = this.context.spawn<Actor, unknown[]>(actorClass, { args });
    child.ref = ref;
    // From the first moment on, so that a child that ends right after its start is seen to end for its own reason.
    const monitor = this.context.monitor(ref);
    child.monitor = monitor;
    try {
      await this.context.system.whenStarted(ref);
    } catch (error) {
      monitor.cancel();
      child.ref = child.monitor = undefined;
      throw error;
    }
    return ref;
  }

  /** Tries until the child runs; every failed attempt counts, so a child that cannot start ends the supervisor. */
  async #restart(child: Child, reason: ExitReason): Promise<void> {
    const { runtime, log } = this.context.system;
    let cause = reason;
    for (;;) {
      if (!this.#intensity.allow(runtime.now())) {
        log.error("supervisor gave up", {
          child: child.spec.id,
          reason: describeExit(cause),
          intensity: this.#intensity.intensity,
        });
        this.context.stop("shutdown");
        return;
      }
      log.warn("restarting child", { child: child.spec.id, reason: describeExit(cause) });
      try {
        await this.#start(child);
        return;
      } catch (error) {
        cause = reasonFrom(error);
      }
      // Lets I/O and timers run, however often the start fails.
      await new Promise<void>((resolve) => runtime.nextTurn(resolve));
    }
  }

  async #stopAll(): Promise<void> {
    for (const child of [...this.#children.values()].reverse()) await this.#stop(child);
    this.#children.clear();
  }

  #killAll(): void {
    for (const { ref } of this.#children.values()) if (ref !== undefined) this.context.system.cellOf(ref)?.kill();
  }

  async #stop(child: Child): Promise<void> {
    const { ref, monitor, spec } = child;
    child.ref = child.monitor = undefined;
    monitor?.cancel();
    if (ref !== undefined) await this.context.system.stopActor(ref, "shutdown", spec.shutdownMs);
  }
}
