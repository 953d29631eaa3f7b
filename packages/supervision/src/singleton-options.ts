import { type ActorClass, type BackoffOptions, childSpec, type Shutdown } from "@foundation/actor";
import { backoffOf, type OptionRule, OptionTable, optionRule, RestartIntensity } from "@foundation/actor/spi";
import { checkName } from "@foundation/registry";
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

const { anything, either, infinite, milliseconds, rule } = optionRule;

/** How long a call may wait; 0 looks once. */
export const waitRule: OptionRule = either(milliseconds({ min: 0 }), infinite);

/** Settings of a removal. */
export interface RemoveOptions {
  /** Milliseconds to wait for the end. Default 10 000. */
  readonly timeoutMs?: number;
}

const removeTable = new OptionTable<RemoveOptions>("remove()", { timeoutMs: waitRule });

/** Refuses what cannot be removed. @throws RegistryError `invalidName`; ActorError `invalidOption`. */
export function checkRemove(name: unknown, options: unknown): void {
  checkName(name);
  removeTable.check(options);
}

/** What is `anything` here is checked as the option of a child spec, an intensity or a backoff. */
const optionTable = new OptionTable<SingletonOptions<unknown[]>>("singleton", {
  args: { ...anything, takes: "arguments of the constructor" },
  timeoutMs: waitRule,
  restart: rule(
    "permanent and transient: what runs once only is no singleton",
    (value) => value === "permanent" || value === "transient",
  ),
  shutdownMs: anything,
  startMs: anything,
  intensity: anything,
  periodMs: anything,
  backoff: anything,
});

/** What travels of a singleton's options, with defaults. @throws ActorError `invalidOption`. */
export function settingsOf(
  name: string,
  actorClass: ActorClass,
  options: SingletonOptions<unknown[]>,
): SingletonSettings {
  optionTable.check(options, `singleton ${JSON.stringify(name)}`);
  const { args, restart = "permanent", intensity = 3, periodMs = 5_000 } = options;
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
