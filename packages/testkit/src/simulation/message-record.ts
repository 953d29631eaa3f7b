import type { SimulatedNode, World } from "../world/world.ts";
import type { Checks } from "./checkers/checks.ts";
import type { Violations } from "./checkers/violations.ts";
import { isUnanswered } from "./work.ts";

/** One ask, as its sender saw it. */
interface Ask {
  readonly askedAt: number;
  readonly sender: SimulatedNode;
  settled: number;
}

/** How much later than its deadline an ask may end, in a process that runs. Virtual milliseconds. */
const graceMs = 1_000;

/** The checks of {@link MessageRecord}. */
export const messageChecks = ["inOrder", "asksEnd", "asksEndAsDocumented"] as const;

/** What was sent, received and answered, kept outside the system under test. */
export class MessageRecord {
  readonly #world: World;
  readonly #askTimeoutMs: number;
  readonly #checks: Checks;
  readonly #asks: Ask[] = [];
  readonly #lastSeen = new Map<string, number>();
  readonly #wrong: Violations = [];
  #lives = 0;

  constructor(world: World, askTimeoutMs: number, checks: Checks) {
    this.#world = world;
    this.#checks = checks;
    this.#askTimeoutMs = askTimeoutMs;
  }

  /** A new life of a node. @returns its number. */
  begin(): number {
    return ++this.#lives;
  }

  /** A message of `sender` came to `receiver`. Sequences of one sender rise over all channels. */
  received(sender: string, receiver: string, { channel, sequence }: { channel: string; sequence: number }): void {
    const pair = `${sender}>${receiver} on ${channel}`;
    const last = this.#lastSeen.get(pair);
    if (last !== undefined)
      this.#compare("inOrder", sequence > last, () => `${pair}: message ${sequence} came after ${last}`);
    this.#lastSeen.set(pair, sequence);
  }

  /** `sender` asked for something. */
  asks(sender: SimulatedNode, answer: Promise<unknown>): void {
    const entry: Ask = { askedAt: this.#world.time.now, sender, settled: 0 };
    this.#asks.push(entry);
    answer.then(
      () => void entry.settled++,
      (error: unknown) => {
        entry.settled++;
        this.#compare("asksEndAsDocumented", isUnanswered(error), () => `an ask ended with ${String(error)}`);
      },
    );
  }

  violations(): Violations {
    const latest = this.#world.time.now - this.#askTimeoutMs - graceMs;
    const due = this.#asks.filter(({ askedAt, sender }) => askedAt < latest && sender.runtime.state !== "dead");
    const hung = due.filter(({ settled }) => settled === 0);
    if (due.length > 0)
      this.#compare(
        "asksEnd",
        hung.length === 0,
        () => `${hung.length} asks never ended, one of ${hung[0]?.askedAt.toFixed(0)} ms`,
      );
    return this.#wrong.slice(0, 10);
  }

  #compare(name: (typeof messageChecks)[number], holds: boolean, what: () => string): void {
    this.#wrong.push(...this.#checks.compare(name, holds, what));
  }
}
