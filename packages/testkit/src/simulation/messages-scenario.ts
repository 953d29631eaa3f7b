import { Actor } from "foundation";
import type { SeededRandom } from "../world/seeded-random.ts";
import type { SimulatedNode, World } from "../world/world.ts";
import type { Violations } from "./checkers.ts";
import { checkNamesEqual, checkViewsEqual } from "./checkers.ts";
import type { Scenario } from "./scenario.ts";

/** Virtual milliseconds between two messages of one sender, at most. */
const gapMsMax = 200;
/** The deadline of each ask. Virtual milliseconds. */
const askTimeoutMs = 2_000;

/** Ends that an ask may have. */
const outcomes: ReadonlySet<unknown> = new Set(["noproc", "nodedown", "timeout", "overloaded"]);

/** One ask, as its sender saw it. */
interface Ask {
  readonly askedAt: number;
  readonly sender: SimulatedNode;
  settled: number;
}

/**
 * Messages between named actors of all nodes: between one sender and one receiver they arrive in order and at most once,
 * and every ask ends exactly once, in time, in one of the documented ways.
 */
export const messagesScenario: Scenario = {
  name: "messages",
  create(world, random) {
    const record = new Record(world);
    return {
      boot: async (name) => {
        const started = await world.start(name);
        const life = `${name}/${started.node.membership.self.incarnation}`;
        started.node.spawn(inboxOf(record, life), { name: `inbox-${name}` });
        record.keepSending(started, life, random);
        return started;
      },
      begin: async () => {},
      check: () => [...checkViewsEqual(world), ...checkNamesEqual(world)],
      conclude: () => record.violations(),
    };
  },
};

/** What was sent, received and answered, kept outside the system under test. */
class Record {
  readonly #world: World;
  readonly #asks: Ask[] = [];
  readonly #lastSeen = new Map<string, number>();
  readonly #wrong: Violations = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Message `sequence` of `sender` came to `receiver`. */
  received(sender: string, receiver: string, sequence: number): void {
    const pair = `${sender}>${receiver}`;
    const last = this.#lastSeen.get(pair) ?? 0;
    if (sequence <= last) this.#wrong.push(`${pair}: message ${sequence} came after ${last}`);
    this.#lastSeen.set(pair, sequence);
  }

  /** Sends from `sender` to random inboxes until its process is gone or stops. */
  keepSending(sender: SimulatedNode, life: string, random: SeededRandom): void {
    let sequence = 0;
    const sendOne = (): void => {
      if (sender.node.membership.self.status === "leaving") return;
      const to = random.pick(this.#world.nodes);
      // One channel, because order is promised within a channel only.
      const inbox = sender.node.actor<Inbox>(`inbox-${to.name}`).with({ timeoutMs: askTimeoutMs, channel: "events" });
      const padding = new Uint8Array(random.chance(0.05) ? random.integer(70_000, 300_000) : random.integer(0, 200));
      sequence++;
      if (random.chance(0.5)) inbox.tell.take(life, sequence, padding);
      else this.#ask(sender, () => inbox.ask.take(life, sequence, padding));
      sender.runtime.setTimer(random.between(0, gapMsMax), sendOne);
    };
    sender.runtime.setTimer(random.between(0, gapMsMax), sendOne);
  }

  violations(): Violations {
    const now = this.#world.time.now;
    const isOverdue = ({ askedAt }: Ask): boolean => now - askedAt > askTimeoutMs + 1_000;
    const unsettled = this.#asks.filter(
      (ask) => ask.settled === 0 && isOverdue(ask) && ask.sender.runtime.state !== "dead",
    );
    const twice = this.#asks.filter((ask) => ask.settled > 1);
    const hung =
      unsettled.length > 0 ? [`${unsettled.length} asks never ended, one of ${unsettled[0]?.askedAt} ms`] : [];
    const doubled = twice.length > 0 ? [`${twice.length} asks ended twice`] : [];
    return [...this.#wrong.slice(0, 10), ...hung, ...doubled];
  }

  #ask(sender: SimulatedNode, ask: () => Promise<unknown>): void {
    const entry: Ask = { askedAt: this.#world.time.now, sender, settled: 0 };
    this.#asks.push(entry);
    ask().then(
      () => void entry.settled++,
      (error: { code?: unknown; message: string }) => {
        entry.settled++;
        if (!outcomes.has(error.code)) this.#wrong.push(`an ask ended with ${String(error.code)}: ${error.message}`);
      },
    );
  }
}

interface Inbox extends Actor {
  take(sender: string, sequence: number, padding: Uint8Array): number;
}

function inboxOf(record: Record, life: string): new () => Inbox {
  return class Inbox extends Actor {
    take(sender: string, sequence: number, padding: Uint8Array): number {
      record.received(sender, life, sequence);
      return padding.length;
    }
  };
}
