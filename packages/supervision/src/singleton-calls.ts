import type { Runtime } from "@foundation/actor";
import type { Registry } from "@foundation/registry";
import { SupervisionError } from "./errors.ts";
import type { NameWaiters } from "./name-waiters.ts";
import type { SingletonOutlook } from "./singleton-outlook.ts";
import type { SingletonSpec } from "./singleton-spec.ts";
import type { SpecTable } from "./spec-table.ts";

/** What {@link SingletonCalls} look at. */
interface SingletonCallsSurroundings {
  readonly runtime: Pick<Runtime, "now">;
  readonly registry: Pick<Registry, "holder">;
  readonly table: Pick<SpecTable, "get">;
  readonly waiters: NameWaiters;
  readonly outlook: SingletonOutlook;
  /** Whether a spec of this name is on its way here. */
  isOnItsWay(name: string): boolean;
  /** Throws when this node asks for no singletons any more. */
  assertRunning(): void;
}

/** Until when a caller waits, on the clock of the node, and how long that is in all. Milliseconds. */
interface CallTime {
  readonly until: number;
  readonly timeoutMs: number;
}

/** What callers of `singleton()` wait for. */
export class SingletonCalls {
  readonly #surroundings: SingletonCallsSurroundings;

  constructor(surroundings: SingletonCallsSurroundings) {
    this.#surroundings = surroundings;
  }

  /** The time of a call that begins now. */
  time(timeoutMs: number): CallTime {
    return { timeoutMs, until: this.#surroundings.runtime.now() + timeoutMs };
  }

  /** Whether another node has asked for it, and what it has asked for is still on its way here. */
  isComing(name: string): boolean {
    return this.#surroundings.table.get(name)?.state !== "wanted" && this.#surroundings.isOnItsWay(name);
  }

  /**
   * Waits until it has come, or will not.
   *
   * @throws SupervisionError `singletonPending`, `stopped`.
   */
  async whenCome(name: string, time: CallTime): Promise<void> {
    await this.#until(name, () => !this.isComing(name), time);
    this.#surroundings.assertRunning();
    if (this.isComing(name)) throw this.#notReachable(name, time);
  }

  /**
   * Waits until it runs under an epoch higher than `epochBefore`.
   *
   * @throws SupervisionError `singletonPending`, `singletonFailed`, `stopped`.
   */
  async whenReachable(name: string, epochBefore: number, time: CallTime): Promise<void> {
    const { registry, table, outlook, assertRunning } = this.#surroundings;
    const isRunning = (): boolean => (registry.holder(name)?.epoch ?? -1) >= epochBefore + 1;
    const outcome = (): SingletonSpec["state"] | "running" =>
      isRunning() ? "running" : (table.get(name)?.state ?? "removed");
    // As it was in the moment that ended the wait: until this goes on, others may have removed it and asked for it again.
    let reached = outcome();
    const isDecided = (): boolean => {
      reached = outcome();
      return reached !== "wanted";
    };
    await this.#until(name, isDecided, time);
    if (reached === "running") return;
    assertRunning();
    if (reached !== "wanted") throw new SupervisionError("singletonFailed", outlook.whyNot(name));
    throw this.#notReachable(name, time);
  }

  #until(name: string, condition: () => boolean, { until }: CallTime): Promise<boolean> {
    const { runtime, waiters } = this.#surroundings;
    return waiters.until(name, condition, Math.max(0, until - runtime.now()));
  }

  #notReachable(name: string, { timeoutMs }: CallTime): SupervisionError {
    const why = this.#surroundings.outlook.whyNotYet(name);
    const text = `${JSON.stringify(name)} was not reachable within ${timeoutMs} ms: ${why}`;
    return new SupervisionError("singletonPending", text);
  }
}
