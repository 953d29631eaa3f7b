import { describeExit, type ExitReason } from "@foundation/actor";
import type { SimulatedRuntime } from "../world/simulated-runtime.ts";
import type { World } from "../world/world.ts";
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
}

/** Keeps account of monitors from outside the system under test. */
export class MonitorRecord {
  readonly #world: World;
  readonly #watches: Watch[] = [];
  readonly #wrong: Violations = [];

  constructor(world: World) {
    this.#world = world;
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
    if (watch.isCancelled) this.#wrong.push(`a cancelled monitor of ${of} said ${given} ${at}`);
    if (watch.downs.length > 1) this.#wrong.push(`a monitor of ${of} said ${watch.downs.join(", then ")} ${at}`);
    // The link broke: true of the living and of the dead.
    if (given === "noconnection") return;
    const isOver = target === undefined || isAwaited || target.endedWith !== undefined;
    if (given === "noproc" && isOver) return;
    if (target === undefined || given !== target.endedWith)
      this.#wrong.push(`a monitor of ${of} said ${given} ${at}; it ${target?.endedWith ?? "lives"}`);
  }

  /** What monitors have not said although there was time. */
  check(): Violations {
    const silent = this.#watches.filter(
      ({ watcher, target, isCancelled, downs }) =>
        downs.length === 0 &&
        !isCancelled &&
        watcher.state !== "dead" &&
        (target === undefined || target.endedWith !== undefined || target.process.state === "dead"),
    );
    const [first] = silent;
    return first === undefined
      ? []
      : [`${silent.length} monitors of actors that are gone said nothing, one of ${first.target?.name ?? "nobody"}`];
  }

  /** @param isQuiet nothing broke links. */
  violations(isQuiet: boolean): Violations {
    const broken = isQuiet ? this.#watches.filter(({ downs }) => downs.includes("noconnection")).length : 0;
    return [...this.#wrong.slice(0, 10), ...(broken === 0 ? [] : [`${broken} monitors said noconnection`])];
  }
}
