import type { SimulatedNode, World } from "../world/world.ts";
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

/** What was sent, received and answered, kept outside the system under test. */
export class MessageRecord {
  readonly #world: World;
  readonly #askTimeoutMs: number;
  readonly #asks: Ask[] = [];
  readonly #lastSeen = new Map<string, number>();
  readonly #wrong: Violations = [];
  #lives = 0;

  constructor(world: World, askTimeoutMs: number) {
    this.#world = world;
    this.#askTimeoutMs = askTimeoutMs;
  }

  /** A new life of a node. @returns its number. */
  begin(): number {
    return ++this.#lives;
  }

  /** A message of `sender` came to `receiver`. Sequences of one sender rise over all channels. */
  received(sender: string, receiver: string, { channel, sequence }: { channel: string; sequence: number }): void {
    const pair = `${sender}>${receiver} on ${channel}`;
    const last = this.#lastSeen.get(pair) ?? 0;
    if (sequence <= last) this.#wrong.push(`${pair}: message ${sequence} came after ${last}`);
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
        if (!isUnanswered(error)) this.#wrong.push(`an ask ended with ${String(error)}`);
      },
    );
  }

  violations(): Violations {
    const latest = this.#world.time.now - this.#askTimeoutMs - graceMs;
    const hung = this.#asks.filter(
      ({ settled, askedAt, sender }) => settled === 0 && askedAt < latest && sender.runtime.state !== "dead",
    );
    const [first] = hung;
    return [
      ...this.#wrong.slice(0, 10),
      ...(first === undefined ? [] : [`${hung.length} asks never ended, one of ${first.askedAt.toFixed(0)} ms`]),
    ];
  }
}
