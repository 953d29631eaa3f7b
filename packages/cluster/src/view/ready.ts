import type { Runtime, Timer } from "@foundation/actor";
import { OptionTable, optionRule } from "@foundation/actor/spi";
import { ClusterError } from "../errors.ts";
import type { Membership } from "./membership.ts";

/** What `Cluster.ready` waits for. */
export interface ReadyOptions {
  /** Members that have to be up, this one included. */
  readonly size: number;
  /** Milliseconds until it fails with `notReady`. Default 10 000. */
  readonly timeoutMs?: number;
}

const readyTable = new OptionTable<ReadyOptions>("ready()", {
  size: optionRule.required(optionRule.wholeNumber({ min: 1 })),
  timeoutMs: optionRule.milliseconds({ min: 0 }),
});

/** What {@link ReadyWaiters} need of their node. */
interface ReadyPort {
  readonly runtime: Runtime;
  /** What those get who wait for a node that leaves. */
  readonly stopped: () => ClusterError;
}

/** Callers that wait until there are enough members. */
export class ReadyWaiters {
  readonly #membership: Membership;
  readonly #port: ReadyPort;
  readonly #checks = new Set<() => void>();

  constructor(membership: Membership, port: ReadyPort) {
    this.#membership = membership;
    this.#port = port;
  }

  /**
   * Resolves when at least `size` members are up.
   *
   * @throws ActorError `invalidOption`; ClusterError `notReady` at the deadline, with the members there are; `stopped`, when this
   * node leaves before that.
   */
  async until(options: ReadyOptions): Promise<void> {
    readyTable.check(options);
    const { size, timeoutMs = 10_000 } = options;
    if (this.#isLeaving) throw this.#port.stopped();
    if (this.#isReady(size)) return;
    await new Promise<void>((resolve, reject) => {
      const end = (settle: () => void): void => {
        timer.cancel();
        this.#checks.delete(check);
        settle();
      };
      const check = (): void => {
        if (this.#isLeaving) end(() => reject(this.#port.stopped()));
        else if (this.#isReady(size)) end(resolve);
      };
      const timer: Timer = this.#port.runtime.setTimer(timeoutMs, () => {
        end(() => reject(this.#notReady(size, timeoutMs)));
      });
      this.#checks.add(check);
    });
  }

  /** Members have changed. */
  look(): void {
    for (const check of this.#checks) check();
  }

  get #isLeaving(): boolean {
    return this.#membership.self.status === "leaving";
  }

  #isReady(size: number): boolean {
    return this.#membership.members().filter(({ status }) => status === "up").length >= size;
  }

  #notReady(size: number, timeoutMs: number): ClusterError {
    const names = this.#membership.members().map(({ nodeId, status }) => `${nodeId} (${status})`);
    const wanted = `${size} ${size === 1 ? "member was" : "members were"} wanted within ${timeoutMs} ms`;
    const advice = "start the others, or look in the log for peers that cannot be linked";
    const text = `${wanted}; there ${names.length === 1 ? "is" : "are"} ${names.join(", ")}; ${advice}`;
    return new ClusterError("notReady", text);
  }
}
