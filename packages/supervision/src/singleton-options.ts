import {
  type ActorClass,
  ActorError,
  type BackoffOptions,
  backoffOf,
  checkValue,
  childSpec,
  nearestOf,
  OptionTable,
  optionRule,
  RestartIntensity,
  type Shutdown,
} from "@foundation/actor";
import type { SingletonSettings } from "./singleton-spec.ts";

/** Settings of a singleton: those of a child spec, and what a supervisor's are. They travel to the nodes that run it. */
export interface SingletonOptions<Args extends unknown[]> {
  /** Arguments of the class's constructor. */
  readonly args?: Args;
  /** Milliseconds until it has to be reachable by its name. Default 5 000. */
  readonly timeoutMs?: number;
  /**
   * `permanent`: it is started again whenever it ends. `transient`: one that ends with `normal` or `shutdown` is removed. Default
   * `permanent`. What has to run once only is no singleton: spawn it.
   */
  readonly restart?: "permanent" | "transient";
  /** Milliseconds that it may take to stop before it is killed, `brutalKill` or `infinity`. Default 5 000; supervisors `infinity`. */
  readonly shutdownMs?: Shutdown;
  /** Milliseconds that its `onStart` may take before the start has failed. Default 30 000; infinite for supervisors. */
  readonly startMs?: number;
  /** Ends within `periodMs`, after it had started, that are borne; one more and it is given up everywhere. Default 3. */
  readonly intensity?: number;
  /** Milliseconds. Default 5 000. */
  readonly periodMs?: number;
  /** How long each start waits after a failure, wherever that was. Default 50 ms, twice as long each time, up to 10 s. */
  readonly backoff?: BackoffOptions;
}

/** The options of a singleton: optional unless the class's constructor needs arguments. */
export type SingletonArguments<Args extends unknown[]> = [] extends Args
  ? [options?: SingletonOptions<Args>]
  : [options: SingletonOptions<Args> & { readonly args: Args }];

/** Settings of a removal. */
export interface RemoveOptions {
  /** Milliseconds to wait for the end. Default 10 000. */
  readonly timeoutMs?: number;
}

const waitRule = optionRule.either(optionRule.milliseconds({ min: 0 }), optionRule.infinite);
const optionsRule = optionRule.rule("an object", (value) => typeof value === "object" && !Array.isArray(value));

/** Checks {@link RemoveOptions}. */
export const removeTable: OptionTable<RemoveOptions> = new OptionTable("remove()", { timeoutMs: waitRule });

/** The names of {@link SingletonOptions}. */
const known: ReadonlySet<string> = new Set<keyof Required<SingletonOptions<unknown[]>>>([
  "args",
  "timeoutMs",
  "restart",
  "shutdownMs",
  "startMs",
  "intensity",
  "periodMs",
  "backoff",
]);

/** What travels of a singleton's options, with defaults. @throws ActorError `invalidOption`. */
export function settingsOf(
  name: string,
  actorClass: ActorClass,
  options: SingletonOptions<unknown[]>,
): SingletonSettings {
  const refuse = (what: string): never => {
    throw new ActorError("invalidOption", `singleton ${JSON.stringify(name)}: ${what}`);
  };
  checkValue(`singleton ${JSON.stringify(name)}: what is given as options`, options, optionsRule);
  for (const option of Object.keys(options)) {
    if (known.has(option)) continue;
    const nearest = nearestOf(option, known);
    const advice = nearest === undefined ? `there are ${[...known].join(", ")}` : `did you mean ${nearest}?`;
    refuse(`there is no option ${JSON.stringify(option)}; ${advice}`);
  }
  const { args, restart = "permanent", intensity = 3, periodMs = 5_000, timeoutMs = 5_000 } = options;
  if (restart !== "permanent" && restart !== "transient") {
    refuse(
      `restart is ${JSON.stringify(restart)}; allowed are permanent and transient: what runs once only is no singleton`,
    );
  }
  checkValue(`singleton ${JSON.stringify(name)}: timeoutMs`, timeoutMs, waitRule);
  const spec = childSpec(actorClass, {
    id: name,
    restart,
    ...(args !== undefined && { args }),
    ...(options.shutdownMs !== undefined && { shutdownMs: options.shutdownMs }),
    ...(options.startMs !== undefined && { startMs: options.startMs }),
  });
  const { intensity: allowed, periodMs: period } = new RestartIntensity({ intensity, periodMs });
  const backoff = backoffOf(options.backoff ?? {});
  return { restart, shutdownMs: spec.shutdownMs, startMs: spec.startMs, intensity: allowed, periodMs: period, backoff };
}
