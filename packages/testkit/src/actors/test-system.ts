import { AssertionError } from "node:assert";
import { type Actor, ActorSystem, type LogLevel } from "@foundation/actor";
import { OptionTable, optionRule } from "@foundation/actor/spi";
import { simulatedHop } from "@foundation/runtime";
import { invalidOption } from "../errors.ts";
import { TestProbe, type TestProbeOptions } from "../probe/test-probe.ts";
import { SeededRandom } from "../world/seeded-random.ts";
import { VirtualTime } from "../world/virtual-time.ts";
import { TestLog } from "./test-log.ts";
import { TestRuntime } from "./test-runtime.ts";
import { TestTime } from "./test-time.ts";

/** Settings of {@link createTestSystem}. */
export interface TestSystemOptions {
  /** Names the system in logs. Default `test`. */
  readonly name?: string;
  /** Decides everything that is left to chance. Default 1. */
  readonly seed?: number;
  /** Messages are copied, or refused, as if they went to another node. Default `true`. */
  readonly simulateRemote?: boolean;
  /** What is printed on standard error while the test runs. Default `warn`, which shows crashes. */
  readonly logLevel?: LogLevel | "silent";
}

const optionTable = new OptionTable<TestSystemOptions>(
  "createTestSystem",
  {
    name: optionRule.text,
    seed: optionRule.wholeNumber(),
    simulateRemote: optionRule.flag,
    logLevel: optionRule.oneOf("debug", "info", "warn", "error", "silent"),
  },
  invalidOption,
);

/** Lines of the log that a report shows. */
const reportedLinesMax = 20;

/** An actor system on virtual time. Made by {@link createTestSystem}. */
export class TestSystem implements AsyncDisposable {
  readonly system: ActorSystem;
  /** Moves the clock. */
  readonly time: TestTime;
  readonly #runtime: TestRuntime;
  #stopping: Promise<void> | undefined;

  /** @throws TestkitError `invalidOption`. */
  constructor(options: TestSystemOptions = {}) {
    optionTable.check(options);
    const { name = "test", seed = 1, simulateRemote = true, logLevel = "warn" } = options;
    const time = new VirtualTime();
    const log = new TestLog(
      () => time.now,
      logLevel,
      (line) => process.stderr.write(`${line}\n`),
    );
    this.#runtime = new TestRuntime(time, new SeededRandom(seed, name), (event) => log.add(event));
    this.system = new ActorSystem({
      name,
      runtime: this.#runtime,
      simulateRemote: simulateRemote ? simulatedHop() : undefined,
    });
    this.time = new TestTime(time, () => this.#report(log));
  }

  /** Starts a probe in this system. */
  probe<A extends Actor = Actor>(options?: TestProbeOptions): TestProbe<A> {
    return new TestProbe<A>(this.system, options);
  }

  /**
   * Stops all actors, in virtual time, and sees that nothing is left of them. Idempotent.
   *
   * @throws AssertionError with the line that set each timer that is still pending.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    await this.time.settle(this.system.stop());
    await this.time.advance(0);
    const left = this.#runtime.describeTimers();
    if (this.system.size > 0) left.push(`${this.system.size} actors that did not end`);
    if (left.length === 0) return;
    const message = `after its end ${this.system.name} has left\n  ${left.slice(0, reportedLinesMax).join("\n  ")}`;
    throw new AssertionError({ message, operator: "stop" });
  }

  #report(log: TestLog): string {
    const state = `${this.system.name} at ${this.time.now.toFixed(1)} ms: ${this.system.size} actors, ${this.#runtime.timers} timers`;
    return [state, ...log.tail(reportedLinesMax).map((line) => `  ${line}`)].join("\n");
  }
}

/**
 * Makes an actor system for one test: its time is virtual, its randomness seeded, and messages are copied as if they went to
 * another node.
 *
 * @example
 * ```ts
 * await using test = createTestSystem();
 * const session = test.system.spawn(Session, { args: [{ idleMs: 60_000 }] });
 * await test.time.advance(59_999);
 * ```
 */
export function createTestSystem(options?: TestSystemOptions): TestSystem {
  return new TestSystem(options);
}
