import type { Runtime } from "@foundation/actor";
import type { Connection } from "../transport.ts";

/** The connections of an endpoint, whatever becomes of them, so that none is left when it closes. */
export class OpenConnections {
  readonly #runtime: Runtime;
  readonly #connections = new Set<Connection>();
  #onAllGone: (() => void) | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
  }

  /** It has ended. */
  delete(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onAllGone?.();
  }

  /** Waits until all of them have ended, for `graceMs` at most, and drops the rest. */
  async end(graceMs: number): Promise<void> {
    if (this.#connections.size > 0) await this.#allGone(graceMs);
    for (const connection of this.#connections) connection.terminate();
  }

  #allGone(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#runtime.setTimer(timeoutMs, resolve);
      this.#onAllGone = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
