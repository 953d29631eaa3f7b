import type { Runtime, Timer } from "@foundation/actor";
import type { Objection, SupervisionMessage } from "./supervision-message.ts";

/** How long members may take to answer before a start is decided without them. Milliseconds. */
const roundMs = 1_000;
/**
 * Answers that are older than this when they are put to use count no more: the members that gave them keep the name free for 2 000 ms. It takes
 * this long only where this node itself stood still. Milliseconds.
 */
const answersHoldMs = 1_500;

type Question = NonNullable<SupervisionMessage["confirm"]>;

/** The members that a round asks. */
export interface Electorate {
  /** Members that have a say: all but those that leave. */
  readonly members: readonly string[];
  /** Those among them that do not answer at the moment. */
  readonly doubts: readonly string[];
  /** Those among them that no question can be sent to. */
  readonly unlinked: ReadonlySet<string>;
}

/** What a round has brought. */
export interface RoundEnd {
  readonly names: readonly string[];
  /** Those that were asked and still are members. */
  readonly asked: ReadonlySet<string>;
  /** What was said against which name. */
  readonly objections: ReadonlyMap<string, Objection>;
  /** Members that said nothing, and that no member that answered reaches. */
  readonly silent: number;
  readonly answered: number;
  /** Milliseconds since the question. */
  readonly ageMs: number;
}

interface Round {
  readonly question: Question;
  readonly names: readonly string[];
  readonly startedAt: number;
  readonly asked: Set<string>;
  readonly waitingFor: Set<string>;
  readonly doubts: ReadonlySet<string>;
  readonly unlinked: ReadonlySet<string>;
  readonly reached: Set<string>;
  readonly objections: Map<string, Objection>;
  readonly timer: Timer;
  readonly done: (end: RoundEnd) => void;
  answered: number;
}

/** What {@link Rounds.begin} asks. */
export interface RoundOptions {
  /** For each name the number of its spec's revision and the highest epoch known. */
  readonly names: Question["names"];
  readonly electorate: Electorate;
  /** Sends the question to all members. */
  readonly ask: (question: Question) => void;
  /** Called once. */
  readonly done: (end: RoundEnd) => void;
}

/**
 * Whether a start may be decided on what a round brought.
 *
 * A node that starts a name asks every member first, or a member that reaches it. So silent members hold up only what they claim, as long
 * as those that agree outnumber them: the silent ones cannot have agreed on anything without one of these. Where they do not, the silent
 * ones may be the larger part of a cluster that fell apart, and a verdict about them is waited for.
 */
export function isConclusive({ answered, silent, ageMs }: Pick<RoundEnd, "answered" | "silent" | "ageMs">): boolean {
  return ageMs <= answersHoldMs && (silent === 0 || answered + 1 > silent);
}

/**
 * Asks every member before singletons start here: many names in one round.
 *
 * Two nodes that know different things of the cluster may both believe that placement chose them. After one round trip
 * each knows whatever the others knew when they answered, and at most one of them still believes it.
 */
export class Rounds {
  readonly #runtime: Runtime;
  readonly #rounds = new Map<number, Round>();
  readonly #byName = new Map<string, Round>();
  #lastToken = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Whether a round about `name` is under way. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Begins a round, which ends when all have answered, are gone or vouched for, or are out of time. */
  begin({ names: asked, electorate, ask, done }: RoundOptions): void {
    const { members, doubts, unlinked } = electorate;
    const token = ++this.#lastToken;
    const names = asked.map(([name]) => name);
    const question: Question = { token, names: asked, doubts };
    const round: Round = {
      question,
      names,
      startedAt: this.#runtime.now(),
      asked: new Set(members),
      waitingFor: new Set(members),
      doubts: new Set(doubts),
      unlinked,
      reached: new Set(),
      objections: new Map(),
      timer: this.#runtime.setTimer(roundMs, () => this.#end(round), { background: true }),
      done,
      answered: 0,
    };
    this.#rounds.set(token, round);
    for (const name of names) this.#byName.set(name, round);
    ask(question);
    this.#endIfComplete(round);
  }

  /** A member answered. */
  answered(nodeId: string, { token, objections, reached }: NonNullable<SupervisionMessage["confirmed"]>): void {
    const round = this.#rounds.get(token);
    if (round === undefined || !round.waitingFor.delete(nodeId)) return;
    round.answered++;
    for (const objection of objections) {
      const name = round.names[objection.at];
      if (name !== undefined && !round.objections.has(name)) round.objections.set(name, objection);
    }
    for (const each of reached) if (round.doubts.has(each)) round.reached.add(each);
    this.#endIfComplete(round);
  }

  /** `by`, which goes first, is about to start `name` as well. */
  yieldTo(name: string, by: string): void {
    this.#byName.get(name)?.objections.set(name, { at: 0, why: "claimed", by });
  }

  /** A new link to this member stands; what it was asked may have been lost with the one before. @returns what to ask it. */
  questionsFor(nodeId: string): Question[] {
    return [...this.#rounds.values()]
      .filter(({ waitingFor }) => waitingFor.has(nodeId))
      .map(({ question }) => question);
  }

  /** This member will not answer any more, and is none any more. */
  gone(nodeId: string): void {
    for (const round of [...this.#rounds.values()]) {
      round.asked.delete(nodeId);
      if (round.waitingFor.delete(nodeId)) this.#endIfComplete(round);
    }
  }

  /** Ends all rounds without a result. */
  stop(): void {
    for (const { timer } of this.#rounds.values()) timer.cancel();
    this.#rounds.clear();
    this.#byName.clear();
  }

  #endIfComplete(round: Round): void {
    for (const nodeId of round.waitingFor) {
      if (!round.unlinked.has(nodeId) && !round.reached.has(nodeId)) return;
    }
    this.#end(round);
  }

  #end(round: Round): void {
    const { question, names, asked, objections, timer, answered } = round;
    if (!this.#rounds.delete(question.token)) return;
    timer.cancel();
    for (const name of names) this.#byName.delete(name);
    const silent = [...round.waitingFor].filter((nodeId) => !round.reached.has(nodeId)).length;
    round.done({ names, asked, objections, silent, answered, ageMs: this.#runtime.now() - round.startedAt });
  }
}
