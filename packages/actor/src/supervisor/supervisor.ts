import { Actor } from "../actor/actor.ts";
import { ActorError } from "../errors.ts";
import type { ActorRef } from "../message/ref.ts";
import { Rejection } from "../message/rejection.ts";
import { list, oneOf } from "../options/option-rule.ts";
import { OptionTable } from "../options/option-table.ts";
import { type ExitReason, isAbnormal, reasonFrom } from "../signal/exit-reason.ts";
import type { Exit } from "../signal/exit-signal.ts";
import type { Down } from "../signal/monitor.ts";
import { Child, type ChildCounts, ChildIndex, type ChildInfo, countChildren, killWith } from "./child.ts";
import { checkChildId, childExists, childRunning, noSuchChild } from "./child-errors.ts";
import { type ChildSpec, checkChildSpec, shouldRestart } from "./child-spec.ts";
import {
  intensityOf,
  intensityRules,
  type RestartIntensity,
  type RestartIntensityOptions,
} from "./restart-intensity.ts";
import { dueGroup, groupOf, type Strategy } from "./strategy.ts";
import { giveUp, report, reportFailure, reportRefusedStart } from "./supervisor-report.ts";

/**
 * When a supervisor stops because its significant children have ended by themselves: never, with the first, with the last.
 */
export type AutoShutdown = "never" | "anySignificant" | "allSignificant";

/** Settings of a {@link Supervisor}. */
export interface SupervisorOptions extends RestartIntensityOptions {
  /** Default `oneForOne`. */
  readonly strategy?: Strategy;
  /** Default `never`. */
  readonly autoShutdown?: AutoShutdown;
  /** Started in this order before the supervisor takes messages, and stopped in reverse. */
  readonly children?: readonly ChildSpec[];
}

const optionTable = new OptionTable<SupervisorOptions>("Supervisor", {
  strategy: oneOf("oneForOne", "oneForAll", "restForOne"),
  autoShutdown: oneOf("never", "anySignificant", "allSignificant"),
  children: list,
  ...intensityRules,
});

/** Children that a supervisor may have. */
const childrenMax = 1_000_000;

/**
 * Starts a fixed set of children in order, restarts them by their restart type, gives up when they fail too often. The rules are
 * those of OTP's `supervisor.erl`.
 *
 * ```ts
 * import { Actor, ActorSystem, childSpec, Supervisor } from "@foundation/actor";
 *
 * class Cache extends Actor {
 *   protected override onStart(): void {
 *     console.log("cache starts"); // cache starts
 *   }
 * }
 * class Api extends Actor {
 *   readonly #port: number;
 *
 *   constructor(port: number) {
 *     super();
 *     this.#port = port;
 *   }
 *
 *   protected override onStart(): void {
 *     console.log(`api starts at ${this.#port}`); // api starts at 8080
 *   }
 * }
 *
 * await using system = new ActorSystem();
 * const supervisor = system.spawn(Supervisor, {
 *   args: [{ strategy: "restForOne", children: [childSpec(Cache), childSpec(Api, { args: [8080] })] }],
 * });
 * await system.whenStarted(supervisor);
 * console.log((await supervisor.ask.whichChildren()).map(({ id, state }) => `${id} ${state}`).join()); // Cache running,Api running
 * ```
 *
 * A restarted child is a new actor with a new ref; what has to survive a restart is addressed by name. Each end counts against
 * the intensity once, a group's restart too; a start that fails counts again and is tried again behind the messages that wait.
 * When the intensity is exceeded, the supervisor stops its children and ends with `shutdown`.
 *
 * It traps exits: signals of the actor that spawned it end it in order, those of others are ignored, `kill` takes its children
 * with it. What happens to children is logged as {@link SupervisorEvent}s.
 *
 * When not to use it: for children that come and go use a `DynamicSupervisor`; for one actor in a whole cluster use a singleton,
 * which is supervised already.
 */
export class Supervisor extends Actor {
  /** Child specs hold classes, which do not travel. */
  static readonly remotable: boolean = false;
  /** Supervisors are given all the time they need to stop. */
  static readonly isSupervisor: boolean = true;

  readonly #strategy: Strategy;
  readonly #autoShutdown: AutoShutdown;
  readonly #intensity: RestartIntensity;
  readonly #initial: readonly ChildSpec[];
  /** By id, in start order. */
  readonly #children = new Map<string, Child>();
  readonly #index = new ChildIndex();
  /** It ends, and restarts nobody any more. */
  #isEnding = false;

  /** @throws ActorError `invalidOption`; `childExists` when two children have one id. */
  constructor(options: SupervisorOptions = {}) {
    super();
    optionTable.check(options);
    const { strategy = "oneForOne", autoShutdown = "never", children = [] } = options;
    this.#strategy = strategy;
    this.#autoShutdown = autoShutdown;
    this.#intensity = intensityOf(options);
    // Nobody is started when one of them cannot be.
    const ids = new Set<string>();
    for (const spec of children) {
      this.#check(spec);
      if (ids.has(spec.id)) throw childExists(spec.id);
      ids.add(spec.id);
    }
    this.#initial = children;
  }

  // ---- messages ----

  /**
   * Adds a child behind the others and starts it.
   *
   * @throws ActorError `startFailed`: nothing was added; `childExists`; `invalidOption` for a significant child of a
   * supervisor without `autoShutdown`; `overloaded` above a million children.
   */
  async startChild(spec: ChildSpec): Promise<ActorRef> {
    return this.#answer(() => this.#startNew(spec, (child, reason) => reportRefusedStart(this.context, child, reason)));
  }

  /**
   * Stops a child. Its spec stays, so that it can be started again by {@link restartChild}, unless it is temporary. One that waits
   * for its restart waits no longer, and the others that waited for it are started.
   *
   * @throws ActorError `noSuchChild`, `invalidOption`.
   */
  async terminateChild(id: string): Promise<void> {
    checkChildId(id);
    return this.#answer(async () => {
      const child = this.#find(id);
      const isAwaited = child.isRestarting;
      await this.#stop(child);
      if (child.spec.restart === "temporary") this.#remove(child);
      if (isAwaited) this.#goOnWithout(child);
    });
  }

  /**
   * Starts a child again that was terminated or has ended for good.
   *
   * @throws ActorError `noSuchChild`; `childRunning` also while it is being restarted; `startFailed`; `invalidOption`.
   */
  async restartChild(id: string): Promise<ActorRef> {
    checkChildId(id);
    return this.#answer(async () => {
      const child = this.#find(id);
      if (child.ref !== undefined || child.isRestarting) throw childRunning(id);
      return this.#startFor(child);
    });
  }

  /** Forgets a child that does not run. @throws ActorError `noSuchChild`; `childRunning` also while it is being restarted; `invalidOption`. */
  deleteChild(id: string): void {
    checkChildId(id);
    const child = this.#children.get(id);
    if (child === undefined) throw new Rejection(noSuchChild(id));
    if (child.ref !== undefined || child.isRestarting) throw new Rejection(childRunning(id));
    this.#remove(child);
  }

  /** The children in start order. */
  whichChildren(): ChildInfo[] {
    return [...this.#children.values()].map(({ info }) => info);
  }

  countChildren(): ChildCounts {
    return countChildren(this.#children.values());
  }

  /** For classes that extend this one: the child with this id, while it runs. */
  protected _refOf(id: string): ActorRef | undefined {
    return this.#children.get(id)?.ref;
  }

  // ---- hooks ----

  protected override async onStart(): Promise<void> {
    killWith(this.context, () => this.#children.values());
    try {
      for (const spec of this.#initial) await this.#startNew(spec, (child, reason) => this.#failed(child, reason));
    } catch (error) {
      await this.#stopAll();
      throw error;
    }
  }

  protected override async onStop(): Promise<void> {
    await this.#stopAll();
  }

  protected override async onDown({ monitor, reason }: Down): Promise<void> {
    const child = this.#index.watched.get(monitor);
    if (child === undefined || this.#isEnding) return;
    child.forget();
    const isRestarted = shouldRestart(child.spec.restart, reason);
    const waitMs = isRestarted ? child.failed(this.context) : 0;
    if (isRestarted || isAbnormal(reason)) reportFailure(this.context, "child ended", { child, reason, waitMs });
    if (isRestarted) return this.#restart(child, reason, waitMs);
    if (child.spec.restart === "temporary") this.#remove(child);
    this.#shutDownAfter(child);
  }

  protected override onExit({ from, reason }: Exit): void {
    if (from.recipient === this.context.parent?.recipient) this.context.stop(reason);
  }

  // ---- restarts ----

  /**
   * Has a child that has ended started again, and with it the others that the strategy wants, also those that were terminated
   * before. While one waits, those that depend on it do not run.
   */
  async #restart(child: Child, reason: ExitReason, waitMs: number): Promise<void> {
    if (waitMs === 0 && this.#givesUp(child, reason)) return;
    const group = this.#groupOf(child);
    if (isAnyRunning(group)) await this.#stopRunning(group);
    for (const each of group) if (this.#has(each)) each.restartWithOthers();
    if (waitMs === 0) return this.#startDue(child);
    child.restartLater(this.context, waitMs, () => this.#startDue(child));
  }

  /** A start has failed: another one follows, after the messages at hand if there is nothing else to wait for. */
  async #tryAgain(child: Child, reason: Error): Promise<void> {
    const waitMs = child.failed(this.context);
    this.#failed(child, reason, waitMs);
    if (waitMs > 0) await this.#stopRunning(this.#groupOf(child));
    child.restartLater(this.context, waitMs, async () => {
      if (waitMs === 0 && this.#givesUp(child, reason)) return;
      await this.#startDue(child);
    });
  }

  /** Starts what need not wait any longer now that `child` is due, in order; what a caller has started meanwhile, too. */
  async #startDue(child: Child): Promise<void> {
    const group = this.#dueGroup(child);
    if (isAnyRunning(group)) await this.#stopRunning(group);
    for (const each of group) {
      if (!each.isRestarting) continue;
      // Its own wait is not over, and those behind it depend on it.
      if (!each.isDue) return;
      each.restarts++;
      try {
        await each.start(this.context);
      } catch (error) {
        return this.#tryAgain(each, reasonFrom(error));
      }
    }
  }

  /** One that others had to wait for is not started again: nothing may keep them any more. */
  #goOnWithout(child: Child): void {
    const [next, ...others] = this.#dueGroup(child).filter(({ isRestarting }) => isRestarting);
    if (next === undefined || [next, ...others].some(({ isDue, isPending }) => isDue && isPending)) return;
    next.restartLater(this.context, 0, () => this.#startDue(next));
  }

  /** Notes a restart that no back-off delays, and ends the supervisor when there were too many. */
  #givesUp(child: Child, reason: ExitReason): boolean {
    if (this.#intensity.allow(this.context.system.runtime.now())) return false;
    giveUp(this.context, { child, reason, intensity: this.#intensity });
    this.#end();
    return true;
  }

  #failed(child: Child, reason: ExitReason, waitMs = 0): void {
    // A supervisor that was killed reports nothing.
    if (this.context.system.cellOf(this.context.self) === undefined) return;
    reportFailure(this.context, "child did not start", { child, reason, waitMs });
  }

  /** Nothing that has happened meanwhile counts any more. */
  #end(): void {
    this.#isEnding = true;
    this.context.stop("shutdown");
  }

  // All children are looked at only where the strategy asks for it.

  /** The children that are started again with `child`. */
  #groupOf(child: Child): readonly Child[] {
    return this.#strategy === "oneForOne" ? [child] : groupOf(this.#strategy, [...this.#children.values()], child);
  }

  /** What can be started again now that `child` is due, or does not matter any more. */
  #dueGroup(child: Child): readonly Child[] {
    return this.#strategy === "oneForOne" ? [child] : dueGroup(this.#strategy, [...this.#children.values()]);
  }

  /** Stops those of a group that run, in reverse order; they are started again, but temporary ones are forgotten. */
  async #stopRunning(group: readonly Child[]): Promise<void> {
    for (const each of group.toReversed()) {
      if (each.ref === undefined) continue;
      await this.#stop(each);
      if (each.spec.restart === "temporary") this.#remove(each);
      else each.restartWithOthers();
    }
  }

  /** A child has ended for good: was it the one that the supervisor lived for? */
  #shutDownAfter(child: Child): void {
    if (!child.spec.significant) return;
    const isLast = this.#index.living.size === 0;
    const isOver = this.#autoShutdown === "anySignificant" || (this.#autoShutdown === "allSignificant" && isLast);
    if (isOver) this.#end();
  }

  // ---- children ----

  #check(spec: ChildSpec): void {
    checkChildSpec(spec);
    if (!spec.significant || this.#autoShutdown !== "never") return;
    const text = `child ${JSON.stringify(spec.id)} is significant, and autoShutdown of its supervisor is never`;
    throw new ActorError("invalidOption", text);
  }

  async #startFor(child: Child): Promise<ActorRef> {
    try {
      return await child.start(this.context);
    } catch (error) {
      reportRefusedStart(this.context, child, reasonFrom(error));
      throw error;
    }
  }

  async #startNew(spec: ChildSpec, onFailure: (child: Child, reason: Error) => void): Promise<ActorRef> {
    this.#check(spec);
    if (this.#children.has(spec.id)) throw childExists(spec.id);
    if (this.#children.size >= childrenMax) {
      throw new ActorError("overloaded", `a supervisor has at most ${childrenMax} children`);
    }
    const child = new Child(spec, this.#index);
    this.#children.set(spec.id, child);
    try {
      return await child.start(this.context);
    } catch (error) {
      this.#remove(child);
      onFailure(child, reasonFrom(error));
      throw error;
    }
  }

  async #stop(child: Child): Promise<void> {
    const reason = await child.stop(this.context);
    if (reason !== undefined) report(this.context, "child did not stop in order", { child, reason });
  }

  async #stopAll(): Promise<void> {
    for (const child of [...this.#children.values()].reverse()) await this.#stop(child);
    this.#children.clear();
  }

  #find(id: string): Child {
    const child = this.#children.get(id);
    if (child === undefined) throw noSuchChild(id);
    return child;
  }

  #remove(child: Child): void {
    if (this.#has(child)) this.#children.delete(child.spec.id);
  }

  #has(child: Child): boolean {
    return this.#children.get(child.spec.id) === child;
  }

  /** What goes wrong with one child is its caller's affair; the supervisor lives on. */
  async #answer<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new Rejection(reasonFrom(error));
    }
  }
}

/** Whether there is anything to stop, and to wait for: mostly not. */
function isAnyRunning(group: readonly Child[]): boolean {
  return group.some(({ ref }) => ref !== undefined);
}
