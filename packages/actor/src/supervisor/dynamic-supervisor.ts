import { Actor } from "../actor/actor.ts";
import { ActorError } from "../errors.ts";
import type { Recipient } from "../message/recipient.ts";
import { type ActorRef, assertRef } from "../message/ref.ts";
import { Rejection } from "../message/rejection.ts";
import { wholeNumber } from "../options/option-rule.ts";
import { OptionTable } from "../options/option-table.ts";
import { describeExit, type ExitReason, isAbnormal, reasonFrom } from "../signal/exit-reason.ts";
import type { Exit } from "../signal/exit-signal.ts";
import type { Down } from "../signal/monitor.ts";
import { Child, type ChildCounts, ChildIndex, type ChildInfo, countChildren, killWith } from "./child.ts";
import { type ChildSpec, checkChildSpec, shouldRestart } from "./child-spec.ts";
import {
  intensityOf,
  intensityRules,
  type RestartIntensity,
  type RestartIntensityOptions,
} from "./restart-intensity.ts";
import { giveUp, report, reportFailure, reportRefusedStart } from "./supervisor-report.ts";

/** Settings of a {@link DynamicSupervisor}. */
export interface DynamicSupervisorOptions extends RestartIntensityOptions {
  /** Children that may live at a time. Default 1 000 000. */
  readonly maxChildren?: number;
}

const optionTable = new OptionTable<DynamicSupervisorOptions>("DynamicSupervisor", {
  maxChildren: wholeNumber({ min: 1 }),
  ...intensityRules,
});

/** Children that are told to stop in one turn of the event loop. */
const stopsPerTurn = 64;

/**
 * Starts children on demand, each for itself, and restarts them by their restart type: OTP's `simple_one_for_one` as Elixir's
 * `DynamicSupervisor` has it.
 *
 * ```ts
 * import { Actor, ActorSystem, childSpec, DynamicSupervisor } from "@foundation/actor";
 *
 * class Session extends Actor {
 *   leave(): void {
 *     this.context.stop();
 *   }
 * }
 *
 * await using system = new ActorSystem();
 * const sessions = system.spawn(DynamicSupervisor, { args: [{ maxChildren: 1 }] });
 * const spec = childSpec(Session, { restart: "transient" });
 * const session = await sessions.ask.startChild(spec);
 * console.log(await sessions.ask.startChild(spec).catch(({ code }) => code)); // maxChildren
 *
 * await sessions.ask.terminateChild(session);
 * console.log((await sessions.ask.countChildren()).active); // 0
 * ```
 *
 * Children are known by their refs, ids are only for people; a child that has ended for good is forgotten. They are stopped all
 * at the same time.
 *
 * When not to use it: for a fixed set of children that depend on each other's order use a `Supervisor`.
 */
export class DynamicSupervisor extends Actor {
  /** Child specs hold classes, which do not travel. */
  static readonly remotable: boolean = false;
  /** Supervisors are given all the time they need to stop. */
  static readonly isSupervisor: boolean = true;

  readonly #intensity: RestartIntensity;
  readonly #maxChildren: number;
  readonly #children = new Set<Child>();
  readonly #index = new ChildIndex();
  /** By the actor that a child is; while its restart is tried again, by the one that it was. */
  readonly #byRecipient = new Map<Recipient, Child>();
  /** It ends, and restarts nobody any more. */
  #isEnding = false;

  /** @throws ActorError `invalidOption`. */
  constructor(options: DynamicSupervisorOptions = {}) {
    super();
    optionTable.check(options);
    const { maxChildren = 1_000_000 } = options;
    this.#maxChildren = maxChildren;
    this.#intensity = intensityOf(options);
  }

  // ---- messages ----

  /**
   * Starts a child.
   *
   * @throws ActorError `startFailed`; `maxChildren` when there are that many already; `invalidOption` for a significant one:
   * a dynamic supervisor does not end with its children.
   */
  async startChild(spec: ChildSpec): Promise<ActorRef> {
    this.#check(spec);
    if (this.#children.size >= this.#maxChildren) {
      const text = `this supervisor has ${this.#maxChildren} children, as many as it may`;
      throw new Rejection(new ActorError("maxChildren", text));
    }
    const child = new Child(spec, this.#index);
    this.#children.add(child);
    try {
      return await this.#start(child);
    } catch (error) {
      this.#children.delete(child);
      reportRefusedStart(this.context, child, reasonFrom(error));
      // A child that cannot start is the caller's affair; the others go on.
      throw new Rejection(reasonFrom(error));
    }
  }

  /** Stops a child and forgets it, also one that is being restarted. @throws ActorError `noSuchChild`, `invalidOption`. */
  async terminateChild(ref: ActorRef<object>): Promise<void> {
    this.#checkRef(ref);
    const child = this.#byRecipient.get(ref.recipient);
    if (child === undefined) {
      throw new Rejection(new ActorError("noSuchChild", `${ref} is no child of this supervisor`));
    }
    const reason = await child.stop(this.context);
    this.#forget(child, ref.recipient);
    if (reason !== undefined) report(this.context, "child did not stop in order", { child, reason });
  }

  /** The children in start order. */
  whichChildren(): ChildInfo[] {
    return [...this.#children].map(({ info }) => info);
  }

  countChildren(): ChildCounts {
    return countChildren(this.#children);
  }

  // ---- hooks ----

  protected override onStart(): void {
    killWith(this.context, () => this.#children);
  }

  protected override async onStop(): Promise<void> {
    // Known until they have ended: when this supervisor is killed meanwhile, they are too.
    const { runtime } = this.context.system;
    const children = [...this.#children];
    const stops: Promise<ExitReason | undefined>[] = [];
    for (const child of children) {
      stops.push(child.stop(this.context));
      // 100 000 in one go would hold the event loop for a second, and have the last ones' time run out before their turn.
      if (stops.length % stopsPerTurn === 0) await new Promise<void>((resolve) => runtime.nextTurn(resolve));
    }
    const reasons = await Promise.all(stops);
    this.#children.clear();
    this.#byRecipient.clear();
    this.#reportStops(children, reasons);
  }

  protected override async onDown({ ref, monitor, reason }: Down): Promise<void> {
    const child = this.#index.watched.get(monitor);
    if (child === undefined || this.#isEnding) return;
    child.forget();
    const isRestarted = shouldRestart(child.spec.restart, reason);
    const waitMs = isRestarted ? child.failed(this.context) : 0;
    if (isRestarted || isAbnormal(reason)) reportFailure(this.context, "child ended", { child, reason, waitMs });
    if (!isRestarted) this.#forget(child, ref.recipient);
    else if (waitMs === 0) await this.#restart(child, ref.recipient, reason);
    else this.#restartAfter(waitMs, child, { known: ref.recipient, reason });
  }

  protected override onExit({ from, reason }: Exit): void {
    if (from.recipient === this.context.parent?.recipient) this.context.stop(reason);
  }

  // ---- children ----

  #check(spec: ChildSpec): void {
    try {
      checkChildSpec(spec);
    } catch (error) {
      throw new Rejection(reasonFrom(error));
    }
    if (!spec.significant) return;
    const text = `child ${JSON.stringify(spec.id)} is significant, and a dynamic supervisor has no autoShutdown`;
    throw new Rejection(new ActorError("invalidOption", text));
  }

  /** What is no ref is the mistake of its caller. */
  #checkRef(ref: unknown): void {
    try {
      assertRef(ref);
    } catch (error) {
      throw new Rejection(reasonFrom(error));
    }
  }

  /** @param known the actor that the child was. */
  async #restart(child: Child, known: Recipient, reason: ExitReason): Promise<void> {
    if (!child.hasBackoff && !this.#intensity.allow(this.context.system.runtime.now())) {
      giveUp(this.context, { child, reason, intensity: this.#intensity });
      this.#isEnding = true;
      return this.context.stop("shutdown");
    }
    child.restarts++;
    try {
      await this.#start(child);
      this.#byRecipient.delete(known);
    } catch (error) {
      this.#tryAgain(child, known, reasonFrom(error));
    }
  }

  #tryAgain(child: Child, known: Recipient, reason: Error): void {
    // A supervisor that was killed reports nothing.
    if (this.context.system.cellOf(this.context.self) === undefined) return;
    const waitMs = child.failed(this.context);
    reportFailure(this.context, "child did not start", { child, reason, waitMs });
    this.#restartAfter(waitMs, child, { known, reason });
  }

  #restartAfter(
    waitMs: number,
    child: Child,
    { known, reason }: { readonly known: Recipient; readonly reason: ExitReason },
  ): void {
    child.restartLater(this.context, waitMs, async () => {
      if (!this.#isEnding) await this.#restart(child, known, reason);
    });
  }

  async #start(child: Child): Promise<ActorRef> {
    const ref = await child.start(this.context);
    // One that has ended meanwhile is found here by its Down.
    this.#byRecipient.set(ref.recipient, child);
    return ref;
  }

  #forget(child: Child, known: Recipient): void {
    this.#children.delete(child);
    this.#byRecipient.delete(known);
  }

  /** One event for each way of ending, however many children ended that way. */
  #reportStops(children: readonly Child[], reasons: readonly (ExitReason | undefined)[]): void {
    const byReason = new Map<string, { child: Child; reason: ExitReason; children: number }>();
    for (const [index, reason] of reasons.entries()) {
      if (reason === undefined) continue;
      const key = describeExit(reason);
      const group = byReason.get(key) ?? { child: children[index] as Child, reason, children: 0 };
      group.children++;
      byReason.set(key, group);
    }
    for (const group of byReason.values()) report(this.context, "child did not stop in order", group);
  }
}
