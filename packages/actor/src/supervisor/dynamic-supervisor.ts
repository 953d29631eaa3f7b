import { Actor } from "../actor/actor.ts";
import { ActorError } from "../errors.ts";
import type { Recipient } from "../message/recipient.ts";
import type { ActorRef } from "../message/ref.ts";
import { Rejection } from "../message/rejection.ts";
import { type ExitReason, reasonFrom } from "../signal/exit-reason.ts";
import type { Down } from "../signal/monitor.ts";
import { Child, type ChildCounts, type ChildInfo, countChildren, killWith } from "./child.ts";
import { type ChildSpec, shouldRestart } from "./child-spec.ts";
import { RestartIntensity, type RestartIntensityOptions } from "./restart-intensity.ts";

/** Settings of a {@link DynamicSupervisor}. */
export interface DynamicSupervisorOptions extends RestartIntensityOptions {
  /** Children that may live at a time. Default 1 000 000. */
  readonly maxChildren?: number;
}

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
  /** It ends, and restarts nobody any more. */
  #hasGivenUp = false;
  readonly #byRecipient = new Map<Recipient, Child>();

  /** @throws ActorError `invalidOption`. */
  constructor(options: DynamicSupervisorOptions = {}) {
    super();
    const { maxChildren = 1_000_000 } = options;
    if (!(Number.isInteger(maxChildren) && maxChildren >= 1)) {
      throw new ActorError("invalidOption", `maxChildren is ${maxChildren}; allowed is a whole number of 1 or more`);
    }
    this.#maxChildren = maxChildren;
    this.#intensity = new RestartIntensity(options);
  }

  // ---- messages ----

  /** Starts a child. @throws ActorError `startFailed`; `maxChildren` when there are that many already. */
  async startChild(spec: ChildSpec): Promise<ActorRef> {
    if (this.#children.size >= this.#maxChildren) {
      const text = `this supervisor has ${this.#maxChildren} children, as many as it may`;
      throw new Rejection(new ActorError("maxChildren", text));
    }
    const child = new Child(spec);
    this.#children.add(child);
    try {
      return await this.#start(child);
    } catch (error) {
      this.#children.delete(child);
      // A child that cannot start is the caller's affair; the others go on.
      throw new Rejection(reasonFrom(error));
    }
  }

  /** Stops a child and forgets it. @throws ActorError `noSuchChild`. */
  async terminateChild(ref: ActorRef<object>): Promise<void> {
    const child = this.#byRecipient.get(ref.recipient);
    if (child === undefined) {
      throw new Rejection(new ActorError("noSuchChild", `${ref} is no child of this supervisor`));
    }
    this.#children.delete(child);
    this.#byRecipient.delete(ref.recipient);
    await child.stop(this.context);
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
    const children = [...this.#children];
    this.#children.clear();
    this.#byRecipient.clear();
    await Promise.all(children.map((child) => child.stop(this.context)));
  }

  protected override async onDown({ ref, reason }: Down): Promise<void> {
    const child = this.#byRecipient.get(ref.recipient);
    this.#byRecipient.delete(ref.recipient);
    if (child === undefined || this.#hasGivenUp) return;
    child.forget();
    if (shouldRestart("transient", reason)) child.report(this.context, "child ended", reason);
    if (shouldRestart(child.spec.restart, reason)) await this.#restart(child, reason);
    else this.#children.delete(child);
  }

  async #restart(child: Child, reason: ExitReason): Promise<void> {
    if (!this.#intensity.allow(this.context.system.runtime.now())) {
      child.report(this.context, "supervisor gave up", reason);
      this.#children.delete(child);
      this.#hasGivenUp = true;
      return this.context.stop("shutdown");
    }
    child.restarts++;
    try {
      await this.#start(child);
    } catch (error) {
      this.#tryAgain(child, reasonFrom(error));
    }
  }

  /** Other signals get their turn before the next attempt, a shutdown above all. */
  #tryAgain(child: Child, reason: ExitReason): void {
    child.report(this.context, "child did not start", reason);
    child.isRestarting = true;
    this.context.continueWith(async () => {
      if (child.isRestarting && this.#children.has(child) && !this.#hasGivenUp) await this.#restart(child, reason);
    });
  }

  async #start(child: Child): Promise<ActorRef> {
    const ref = await child.start(this.context);
    // One that has ended meanwhile is found here by its Down.
    this.#byRecipient.set(ref.recipient, child);
    return ref;
  }
}
