import type { Runtime } from "@foundation/actor";
import { backoffMs, RestartIntensity } from "@foundation/actor/spi";
import type { SingletonSettings } from "./singleton-spec.ts";
import type { Failure } from "./supervision-message.ts";

interface RestartRecord {
  readonly last: Failure;
  readonly restUntil: number;
  /** Crashes of it, wherever they were; an `onStart` that fails is only waited for. */
  readonly crashes: RestartIntensity;
}

/** An end that was no order. */
interface End {
  readonly reason: string;
  readonly hadStarted: boolean;
  /** Milliseconds between its start and its end; 0 when it did not start. */
  readonly ranMs: number;
}

/**
 * How singletons failed, on whatever node: how long each has to wait before it is started again, and whether it crashed too often. What
 * one node finds out travels to the others, so that a crash loop does not begin anew on the next one.
 */
export class RestartRecords {
  readonly #runtime: Runtime;
  readonly #nodeId: string;
  readonly #records = new Map<string, RestartRecord>();

  constructor(runtime: Runtime, nodeId: string) {
    this.#runtime = runtime;
    this.#nodeId = nodeId;
  }

  /**
   * It ended here.
   *
   * @returns what the others have to know, and whether it may be started again.
   */
  ended(
    name: string,
    end: End,
    settings: SingletonSettings,
  ): { readonly failure: Failure; readonly mayRestart: boolean } {
    const { backoff } = settings;
    const before = end.ranMs >= backoff.maxMs ? 0 : (this.#records.get(name)?.last.failures ?? 0);
    const { reason, hadStarted } = end;
    const waitMs = backoffMs(backoff, before, this.#runtime.random());
    const failure: Failure = { reason, hadStarted, nodeId: this.#nodeId, failures: before + 1, waitMs };
    return { failure, mayRestart: this.note(name, failure, settings) };
  }

  /** It ended, here or elsewhere. @returns whether it may be started again. */
  note(name: string, failure: Failure, { intensity, periodMs }: SingletonSettings): boolean {
    const now = this.#runtime.now();
    const known = this.#records.get(name);
    const crashes = known?.crashes ?? new RestartIntensity({ intensity, periodMs });
    const restUntil = now + failure.waitMs;
    this.#records.set(name, { last: failure, restUntil, crashes });
    return !failure.hadStarted || crashes.allow(now);
  }

  /** Milliseconds until it may be started again; 0 for now. */
  waitMs(name: string): number {
    const until = this.#records.get(name)?.restUntil;
    return until === undefined ? 0 : Math.max(0, until - this.#runtime.now());
  }

  /** How it failed last. */
  last(name: string): Failure | undefined {
    return this.#records.get(name)?.last;
  }

  /** It is removed, or begins anew. */
  forget(name: string): void {
    this.#records.delete(name);
  }
}
