import { describe, expect, it } from "vitest";
import { NameCopies } from "./name-copies.ts";
import { NameFeeds, type NameFeedsLimits } from "./name-feeds.ts";
import { OwnNames } from "./own-names.ts";
import { type RegistryMessage, registryMessageSchema } from "./registry-message.ts";
import { nameOf } from "./replica.ts";

/** Bytes of the smallest message with a name or change of the model. */
const smallestBytes = 97;

/** One name a message and three messages under way, each of which is answered: every case is there with few names. */
const tiny: NameFeedsLimits = { itemsMax: 1, windowBytes: 250, markBytes: 0 };

/** A writer and a reader of names, and the link between them: what is said waits until it is delivered. */
class TwoNodes {
  readonly own: OwnNames;
  readonly toReader: RegistryMessage[] = [];
  readonly toWriter: RegistryMessage[] = [];
  /** What the writer's names were after each of its changes: name to actor. */
  readonly history: ReadonlyMap<string, number>[] = [new Map()];
  readonly log: string[] = [];
  /** How often all names began to be told, and how often they had to be: for a link, or because something was lost. */
  beginnings = 0;
  reasons = 0;
  requests = 0;
  /** Messages that may be under way, those that say what was taken included. */
  readonly #underWayMax: number;
  readonly #feeds: NameFeeds;
  readonly #copies: NameCopies;
  #nextTurns: (() => void)[] = [];
  #isPushDue = false;
  #lastActor = 0;

  /** @param isChecked whether what is sent has to pass the receiver's schema, which takes most of the time. */
  constructor(limits: NameFeedsLimits, isChecked: boolean, keptMin: number) {
    this.own = new OwnNames("writer", 1, keptMin);
    // The last part of all names may be empty.
    this.#underWayMax = Math.ceil(limits.windowBytes / smallestBytes) + 1;
    const send = (_nodeId: string, message: RegistryMessage): boolean => {
      if (message.kind === "full" && message.part === 0) this.beginnings++;
      this.toReader.push(isChecked ? registryMessageSchema.parse(message) : message);
      return true;
    };
    const multicast = (nodeIds: Iterable<string>, message: RegistryMessage): number =>
      [...nodeIds].filter((nodeId) => send(nodeId, message)).length;
    this.#feeds = new NameFeeds(this.own, { send, multicast }, limits);
    this.#copies = new NameCopies({
      refused: () => {},
      incarnationOf: () => this.own.incarnation,
      request: () => void this.toWriter.push({ kind: "request" }),
      observe: () => {},
      settle: () => {},
      synced: () => {},
      nextTurn: (callback) => void this.#nextTurns.push(callback),
    });
    this.link();
  }

  take(name: string): void {
    const registration = { name, actorId: ++this.#lastActor, epoch: 0, stamp: [0, this.#lastActor] as const };
    this.#change({ kind: "taken", registration });
  }

  free(name: string): void {
    if (this.own.replica.find(name) !== undefined) this.#change({ kind: "freed", name });
  }

  /** The writer's turn ends. */
  endTurn(): void {
    if (!this.#isPushDue) return;
    this.#isPushDue = false;
    this.#feeds.push();
  }

  /** The next message arrives at the reader. */
  deliver(): void {
    const message = this.toReader.shift();
    if (message?.kind !== "full" && message?.kind !== "delta") return;
    this.#copies.receive(message, "writer");
    if (message.mark !== undefined) this.toWriter.push({ kind: "taken", mark: message.mark });
  }

  /** The next message arrives at the writer. */
  answer(): void {
    const message = this.toWriter.shift();
    if (message?.kind === "taken") this.#feeds.taken("reader", message.mark);
    if (message?.kind !== "request") return;
    this.reasons++;
    this.requests++;
    this.#feeds.begin("reader");
  }

  /** Changes are lost without a word, which no link does; the reader has to notice. */
  lose(): void {
    const [message] = this.toReader;
    if (message?.kind !== "delta") return;
    this.toReader.shift();
    if (message.mark !== undefined) this.toWriter.push({ kind: "taken", mark: message.mark });
  }

  /** The link breaks, with all that is on it, and another one is there. */
  link(): void {
    this.toReader.length = this.toWriter.length = 0;
    this.reasons++;
    this.#copies.linked("writer");
    this.#feeds.begin("reader");
  }

  nextTurn(): void {
    for (const callback of this.#nextTurns.splice(0)) callback();
  }

  /** Lets everything arrive. */
  settle(): void {
    for (let i = 0; i < 1_000; i++) {
      if (!this.#isPushDue && this.toReader.length + this.toWriter.length + this.#nextTurns.length === 0) return;
      this.endTurn();
      this.deliver();
      this.answer();
      this.nextTurn();
    }
    throw new Error(`it never ends: ${this.log.join(" ")}`);
  }

  /** No more messages are under way than the window allows. */
  checkRoom(): void {
    const unanswered = this.toReader.length + this.toWriter.length;
    if (unanswered > this.#underWayMax) expect(unanswered, this.log.join(" ")).toBeLessThanOrEqual(this.#underWayMax);
  }

  /** A copy that is complete is what the writer had after some change, and it says which. */
  check(): void {
    const copy = this.#copies.get("writer");
    if (copy?.isExact !== true) return;
    const known = this.#known();
    const wanted = this.history[copy.version];
    const isRight = wanted?.size === known.size && [...known].every(([name, id]) => wanted.get(name) === id);
    if (!isRight) expect(known, `${this.log.join(" ")}: version ${copy.version}`).toEqual(wanted);
  }

  /** At rest the reader knows what the writer has. */
  checkAtRest(): void {
    const context = this.log.join(" ");
    expect(this.#known(), context).toEqual(this.history.at(-1));
    expect(this.#copies.get("writer")?.isComplete, context).toBe(true);
    expect(this.own.changesAfter(this.own.version, 10), context).toEqual([]);
  }

  #known(): ReadonlyMap<string, number> {
    const known = new Map<string, number>();
    for (const name of ["x", "y", "z"]) {
      const actorId = this.#copies.get("writer")?.find(name)?.actorId;
      if (actorId !== undefined) known.set(name, actorId);
    }
    return known;
  }

  #change(change: Parameters<OwnNames["apply"]>[0]): void {
    this.own.apply(change);
    this.#isPushDue = true;
    const names = new Map(this.history.at(-1));
    if (change.kind === "taken") names.set(nameOf(change), change.registration.actorId);
    else names.delete(nameOf(change));
    this.history.push(names);
  }
}

const steps: Readonly<Record<string, (nodes: TwoNodes) => void>> = {
  "x+": (nodes) => nodes.take("x"),
  "y+": (nodes) => nodes.take("y"),
  "x-": (nodes) => nodes.free("x"),
  turn: (nodes) => nodes.endTurn(),
  deliver: (nodes) => nodes.deliver(),
  answer: (nodes) => nodes.answer(),
  relink: (nodes) => nodes.link(),
  lose: (nodes) => nodes.lose(),
};

interface Run {
  readonly limits: NameFeedsLimits;
  readonly isChecked: boolean;
  /** Changes that the writer keeps for a reader that lags behind. */
  readonly keptMin: number;
}

function run(order: readonly string[], { limits, isChecked, keptMin }: Run): void {
  const nodes = new TwoNodes(limits, isChecked, keptMin);
  nodes.take("z");
  for (const step of order) {
    nodes.log.push(step);
    steps[step]?.(nodes);
    nodes.check();
    if (limits.markBytes === 0 && !order.includes("lose")) nodes.checkRoom();
  }
  // What was lost is noticed by the next message.
  nodes.take("z");
  nodes.settle();
  nodes.checkAtRest();
  const context = nodes.log.join(" ");
  if (keptMin > order.length) expect(nodes.beginnings, context).toBe(nodes.reasons);
  if (!order.includes("lose")) expect(nodes.requests, context).toBe(0);
}

function* orders(length: number): Generator<readonly string[]> {
  const names = Object.keys(steps);
  for (let number = 0; number < names.length ** length; number++) {
    yield Array.from({ length }, (_, at) => names[Math.floor(number / names.length ** at) % names.length] as string);
  }
}

describe("names of one node at another", () => {
  it("[Y1] [V10] are what the writer had, in every order of five steps", () => {
    for (const order of orders(5)) run(order, { limits: tiny, isChecked: false, keptMin: 2 });
  });

  it("[Y1] [V10] are what the writer had, in long random orders, with windows of one to four messages", () => {
    const names = Object.keys(steps);
    for (let seed = 1; seed <= 1_000; seed++) {
      let state = seed;
      const below = (limit: number): number => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return Math.floor((state / 2 ** 32) * limit);
      };
      const possible = names.filter((name) => name !== "lose" || seed % 2 === 0);
      const order = Array.from({ length: 60 }, () => possible[below(possible.length)] as string);
      try {
        const limits = { itemsMax: 1 + below(3), windowBytes: 100 * (1 + below(4)), markBytes: 90 * below(2) };
        run(order, { limits, isChecked: true, keptMin: below(2) === 0 ? 2 : 1_000 });
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });
});
