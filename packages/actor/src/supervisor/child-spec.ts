import type { Actor } from "../actor/actor.ts";
import type { ActorClass } from "../actor/actor-class.ts";
import { assertActorClass } from "../actor/actor-class.ts";
import { classNameOf } from "../actor/class-name.ts";
import {
  either,
  flag,
  infinite,
  list,
  milliseconds,
  type OptionRule,
  oneOf,
  required,
  rule,
  text,
} from "../options/option-rule.ts";
import { OptionTable } from "../options/option-table.ts";
import { type ExitReason, isAbnormal } from "../signal/exit-reason.ts";
import { type Backoff, type BackoffOptions, backoffOf, backoffRule } from "./backoff.ts";

/** When an ended child is started again: always, only after an abnormal end, never. */
export type Restart = "permanent" | "transient" | "temporary";

/**
 * How a supervisor stops a child: milliseconds it has before it is killed; `brutalKill`: none, it is killed at once;
 * `infinity`: it is waited for, the right choice for a child that is a supervisor itself.
 */
export type Shutdown = number | "brutalKill" | "infinity";

/** How a supervisor starts, restarts and stops one child. Made by {@link childSpec}, which checks the arguments' types. */
export interface ChildSpec {
  /** Identifies the child within its supervisor. */
  readonly id: string;
  readonly actorClass: ActorClass;
  readonly args: unknown[];
  readonly restart: Restart;
  readonly shutdownMs: Shutdown;
  /** Milliseconds that the child's `onStart` may take before the start has failed with `timeout`. */
  readonly startMs: number;
  /** Whether the child's end may end its supervisor, see `autoShutdown`. */
  readonly significant: boolean;
  /** How restarts wait. Absent: the first one is immediate, as in OTP, and the supervisor's intensity is the only limit. */
  readonly backoff?: Backoff | undefined;
}

/** What {@link childSpec} fills in by itself. */
export interface ChildSpecOptions<Args extends unknown[]> {
  /** Default: the class's name. */
  readonly id?: string;
  readonly args?: Args;
  /** Default `permanent`. */
  readonly restart?: Restart;
  /** Default 5 000 ms, `infinity` for supervisors. */
  readonly shutdownMs?: Shutdown;
  /** Default 30 000 ms, infinite for supervisors, whose children have limits of their own. */
  readonly startMs?: number;
  /** Default `false`. */
  readonly significant?: boolean;
  /**
   * Lets a restart wait, each time longer, after a crash as after an `onStart` that fails. Such restarts do not count against the
   * supervisor's intensity: it goes on trying. Default: none, restarts are immediate.
   */
  readonly backoff?: BackoffOptions | undefined;
}

/** The options of a child: optional unless the class's constructor needs arguments. */
export type ChildSpecArguments<Args extends unknown[]> = [] extends Args
  ? [options?: ChildSpecOptions<Args>]
  : [options: ChildSpecOptions<Args> & { readonly args: Args }];

/** Longer than this is `infinity`: what a timer can hold. Milliseconds. */
const timerMsMax = 2 ** 31 - 1;

/** What {@link Shutdown} allows. */
export const shutdownRule: OptionRule = either(
  milliseconds({ min: 0, max: timerMsMax }),
  oneOf("brutalKill", "infinity"),
);

const options = {
  id: text,
  args: { ...list, takes: "arguments of the constructor" },
  restart: oneOf("permanent", "transient", "temporary"),
  shutdownMs: shutdownRule,
  startMs: either(milliseconds(), infinite),
  significant: flag,
  backoff: backoffRule,
};
const optionTable = new OptionTable<ChildSpecOptions<unknown[]>>("child", options);
/** What supervisors take: made by {@link childSpec}, or as it would make it. */
const childSpecTable: OptionTable<ChildSpec> = new OptionTable<ChildSpec>("child spec", {
  ...options,
  id: required(text),
  actorClass: required(rule("a class of actors", (value) => typeof value === "function")),
  args: required(list),
  restart: required(options.restart),
  shutdownMs: required(shutdownRule),
  startMs: required(options.startMs),
  significant: required(flag),
});

/**
 * Describes a child of a supervisor.
 *
 * @throws ActorError `invalidOption` for values out of range, and for a significant child that is permanent: its end would
 * never be final.
 */
export function childSpec<A extends Actor, Args extends unknown[]>(
  actorClass: ActorClass<A, Args>,
  ...[options = {} as ChildSpecOptions<Args> & { readonly args: Args }]: ChildSpecArguments<Args>
): ChildSpec {
  assertActorClass(actorClass);
  optionTable.check(options, `child of class ${classNameOf(actorClass)}`);
  const {
    id = classNameOf(actorClass),
    args = [] as unknown[] as Args,
    restart = "permanent",
    significant = false,
  } = options;
  const isSupervisor = actorClass.isSupervisor === true;
  const shutdownMs = options.shutdownMs ?? (isSupervisor ? "infinity" : 5_000);
  const startMs = options.startMs ?? (isSupervisor ? Number.POSITIVE_INFINITY : 30_000);
  const backoff = options.backoff === undefined ? undefined : backoffOf(options.backoff);
  const spec = { id, actorClass, args, restart, shutdownMs, startMs, significant, backoff };
  assertNotLasting(spec);
  return spec;
}

/** @throws ActorError `invalidOption` for what {@link childSpec} would not have made. */
export function checkChildSpec(spec: ChildSpec): void {
  refuseClass(spec);
  childSpecTable.check(spec);
  assertNotLasting(spec);
}

/** The class alone, which is the first thing that one tries, needs only a word more. */
function refuseClass(spec: unknown): void {
  if (typeof spec !== "function") return;
  // A class may have a static of this name, which is anything.
  const name = typeof spec.name === "string" ? spec.name : "";
  childSpecTable.refuse(`${name || "a function"} is none; make it of a class of actors, by childSpec(${name || "…"})`);
}

function assertNotLasting({ id, restart, significant }: ChildSpec): void {
  if (!significant || restart !== "permanent") return;
  optionTable.refuse(`${JSON.stringify(id)} is permanent, so it is never gone and cannot be significant`);
}

/** Whether a child with this restart type is started again after it ended for `reason`. */
export function shouldRestart(restart: Restart, reason: ExitReason): boolean {
  switch (restart) {
    case "permanent":
      return true;
    case "transient":
      return isAbnormal(reason);
    case "temporary":
      return false;
    default:
      return restart satisfies never;
  }
}
