import { Actor } from "@foundation/runtime";
import type { SeededRandom } from "../world/seeded-random.ts";
import type { SimulatedNode, World } from "../world/world.ts";
import type { Checks } from "./checkers/checks.ts";
import { checkNamesEqual } from "./checkers/names-equal.ts";
import { checkViewsEqual } from "./checkers/views-equal.ts";
import type { Violations } from "./checkers/violations.ts";
import { MessageRecord, messageChecks } from "./message-record.ts";
import type { Scenario, Trial } from "./scenario.ts";
import { eventually, Work } from "./work.ts";

/** The deadline of each ask. Virtual milliseconds. */
const askTimeoutMs = 2_000;
/** Within which a channel has to carry an ask again, once it is used. Virtual milliseconds. */
const probeMsMax = 30_000;
/** Order is promised within a channel only, so every message names one. */
const channels = ["control", "events", "telemetry", "data", "gossip"] as const;

/**
 * Messages between named actors of all nodes, on all channels: between one sender and one receiver they arrive in order and
 * at most once on each, and every ask ends exactly once, in time, in one of the documented ways. After healing every channel
 * carries asks from everybody to everybody.
 */
export const messagesScenario: Scenario = {
  name: "messages",
  checks: ["namesEqual", ...messageChecks, "reached"],
  create: (world, random, checks) => new MessagesTrial(world, random, checks),
};

class MessagesTrial implements Trial {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #checks: Checks;
  readonly #record: MessageRecord;
  readonly #work: Work;
  readonly #slowMsMax: number;
  readonly #bytesMax: number;

  constructor(world: World, random: SeededRandom, checks: Checks) {
    this.#world = world;
    this.#random = random;
    this.#checks = checks;
    this.#record = new MessageRecord(world, askTimeoutMs, checks);
    const gapMsMax = random.spread(20, 500);
    this.#work = new Work(world, random, gapMsMax);
    // Not so slow that messages pile up: at most half of the time is spent in handlers.
    this.#slowMsMax = Math.min(random.spread(1, 500), 5 * gapMsMax);
    this.#bytesMax = Math.ceil(random.spread(100, 400_000));
  }

  async boot(name: string): Promise<SimulatedNode> {
    const started = await this.#world.boot(name);
    const life = `${name}/${this.#record.begin()}`;
    const inbox = inboxClass(this.#record, life, { random: this.#random, slowMsMax: this.#slowMsMax });
    started.node.spawn(inbox, { name: `inbox-${name}` });
    let sequence = 0;
    this.#work.repeat(started, () => this.#sendOne(started, life, ++sequence));
    return started;
  }

  rest(): void {
    this.#work.end();
  }

  check(): Violations {
    return [...checkViewsEqual(this.#world, this.#checks), ...checkNamesEqual(this.#world, this.#checks)];
  }

  async probe(): Promise<Violations> {
    const violations: Violations = [];
    const { nodes } = this.#world;
    for (const { name: from, node } of nodes) {
      for (const { name: to } of nodes) {
        for (const channel of channels) {
          const inbox = node.actor<Inbox>(`inbox-${to}`).with({ timeoutMs: askTimeoutMs, channel });
          const failure = await eventually(this.#world, () => inbox.ask.ping(), probeMsMax);
          const what = (): string => `${from} gets no answer of ${to} on ${channel}: ${failure}`;
          violations.push(...this.#checks.compare("reached", failure === undefined, what));
        }
      }
    }
    return violations;
  }

  conclude(): Violations {
    return this.#record.violations();
  }

  #sendOne(sender: SimulatedNode, life: string, sequence: number): void {
    const random = this.#random;
    const to = random.pick(this.#world.nodes);
    const channel = random.pick(channels);
    const inbox = sender.node.actor<Inbox>(`inbox-${to.name}`).with({ timeoutMs: askTimeoutMs, channel });
    const padding = new Uint8Array(random.chance(0.05) ? random.integer(0, this.#bytesMax) : random.integer(0, 200));
    const message = [life, channel, sequence, padding] as const;
    if (random.chance(0.5)) inbox.tell.take(...message);
    else this.#record.asks(sender, inbox.ask.take(...message));
  }
}

interface Inbox extends Actor {
  take(sender: string, channel: string, sequence: number, padding: Uint8Array): Promise<number>;
  ping(): void;
}

function inboxClass(
  record: MessageRecord,
  life: string,
  { random, slowMsMax }: { readonly random: SeededRandom; readonly slowMsMax: number },
): new () => Inbox {
  return class Inbox extends Actor {
    async take(sender: string, channel: string, sequence: number, padding: Uint8Array): Promise<number> {
      record.received(sender, life, { channel, sequence });
      const { runtime } = this.context.system;
      if (random.chance(0.1))
        await new Promise<void>((resolve) => runtime.setTimer(random.between(0, slowMsMax), resolve));
      return padding.length;
    }

    ping(): void {}
  };
}
