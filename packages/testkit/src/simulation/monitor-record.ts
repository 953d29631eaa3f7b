import { describeExit, type ExitReason } from "@foundation/actor";
import type { SimulatedRuntime } from "../world/simulated-runtime.ts";
import type { World } from "../world/world.ts";
import type { Checks } from "./checkers/checks.ts";
import type { Violations } from "./checkers/violations.ts";

/** An actor that is watched. */
export interface Target {
  /** No other target has it. */
  readonly name: string;
  readonly process: SimulatedRuntime;
  /** Why it ended; undefined while it lives. */
  endedWith: string | undefined;
}

/** One monitor, as the program that made it knows it. */
export interface Watch {
  readonly watcher: SimulatedRuntime;
  /** Undefined: a name that nobody had. */
  readonly target: Target | undefined;
  /** Its node did not know the name yet, and may not come to know it. */
  readonly isAwaited: boolean;
  isCancelled: boolean;
  readonly downs: string[];
  /** When it first said `noconnection`. Virtual milliseconds. */
  brokenAt?: number;
}

/** The checks of {@link MonitorRecord}. */
export const monitorChecks = [
  "firesOnce",
  "quietOnceCancelled",
  "firesWithTheReason",
  "firesWhenGone",
  "noconnectionOnlyIfBroken",
] as const;

/** Keeps account of monitors from outside the system under test. */
export class MonitorRecord {
  readonly #world: World;
  readonly #checks: Checks;
  readonly #watches: Watch[] = [];
  readonly #wrong: Violations = [];

  constructor(world: World, checks: Checks) {
    this.#world = world;
    this.#checks = checks;
  }

  /** A monitor was made. */
  watched(watch: Watch): void {
    this.#watches.push(watch);
  }

  /** `onDown` was called. */
  down(watch: Watch, reason: ExitReason): void {
    const { target, isAwaited } = watch;
    const given = describeExit(reason);
    const of = target?.name ?? "nobody";
    const at = `at ${this.#world.time.now.toFixed(0)} ms`;
    watch.downs.push(given);
    // One that was cancelled is looked at when it should have fired.
    if (watch.isCancelled)
      this.#compare("quietOnceCancelled", false, () => `a cancelled monitor of ${of} said ${given} ${at}`);
    this.#compare(
      "firesOnce",
      watch.downs.length === 1,
      () => `a monitor of ${of} said ${watch.downs.join(", then ")} ${at}`,
    );
    // The link broke: true of the living and of the dead.
    if (given === "noconnection") watch.brokenAt ??= this.#world.time.now;
    if (given === "noconnection") return;
    const isOver = target === undefined || isAwaited || target.endedWith !== undefined;
    const isTrue = given === "noproc" ? isOver : given === target?.endedWith;
    this.#compare(
      "firesWithTheReason",
      isTrue,
      () => `a monitor of ${of} said ${given} ${at}; it ${target?.endedWith ?? "lives"}`,
    );
  }

  /** What monitors have not said although there was time. */
  check(): Violations {
    const due = this.#ofTheGone().filter(({ isCancelled }) => !isCancelled);
    if (due.length === 0) return [];
    const silent = due.filter(({ downs }) => downs.length === 0);
    const what = (): string =>
      `${silent.length} monitors of actors that are gone said nothing, one of ${silent[0]?.target?.name ?? "nobody"}`;
    return this.#checks.compare("firesWhenGone", silent.length === 0, what);
  }

  /** @param quietUntil nothing broke links until then. Virtual milliseconds. */
  violations(quietUntil: number): Violations {
    for (const { isCancelled, downs, target } of this.#ofTheGone())
      if (isCancelled && downs.length === 0)
        this.#compare("quietOnceCancelled", true, () => `a monitor of ${target?.name} was cancelled`);
    const fired = this.#watches.filter(
      ({ downs, brokenAt = quietUntil - 1 }) => downs.length > 0 && brokenAt < quietUntil,
    );
    for (const { brokenAt, target } of fired) {
      const what = (): string => `a monitor of ${target?.name} said noconnection at ${brokenAt?.toFixed(0)} ms`;
      this.#compare("noconnectionOnlyIfBroken", brokenAt === undefined, what);
    }
    return this.#wrong.slice(0, 10);
  }

  /** Monitors, in processes that live, of what is no more. */
  #ofTheGone(): Watch[] {
    return this.#watches.filter(
      ({ watcher, target }) =>
        watcher.state !== "dead" &&
        (target === undefined || target.endedWith !== undefined || target.process.state === "dead"),
    );
  }

  #compare(name: (typeof monitorChecks)[number], holds: boolean, what: () => string): void {
    this.#wrong.push(...this.#checks.compare(name, holds, what));
  }
}
