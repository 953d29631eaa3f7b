import type { Runtime, Timer } from "@foundation/actor";
import { type BatchLimits, batches, textBytesMax } from "./message-batches.ts";
import { isConclusive } from "./rounds.ts";
import type { SupervisionMessage } from "./supervision-message.ts";

/** How long members may take to answer before removals go on without those that do not matter. Milliseconds. */
const answerMs = 1_000;
/** A name, its number and its header in a message, about, without the letters of the name. Bytes. */
const itemBytes = 150;

type Question = NonNullable<SupervisionMessage["removing"]>;
type Answer = NonNullable<SupervisionMessage["removed"]>;

/** The end of one singleton, as one or more callers of this node wait for it. */
export interface Removal {
  readonly name: string;
  /** Whether there was one. */
  had: boolean;
  /** What others tell of the name is what is to be removed: until all have said what they know, or it is asked for here again. */
  isOpen: boolean;
  /** The version of the tombstone. */
  revision: number;
  /** Waves of questions that are under way about it. */
  asking: number;
  /** A member was asked about a version that is not the newest any more. */
  isOutdated: boolean;
  /** The highest epoch of the lives that are to end. */
  epoch: number;
  /** Members that run it, and have not said that it has ended. */
  readonly hosts: Set<string>;
  /** Its name was free since. */
  wasFree: boolean;
  isOver: boolean;
  callers: number;
}

/** Removals that are asked about together, and the members that have not answered yet. */
interface Wave {
  readonly question: Question;
  readonly removals: readonly Removal[];
  /** Those that are not settled, with the version that was asked about. */
  readonly waiting: Map<Removal, number>;
  readonly waitingFor: Set<string>;
  readonly voters: ReadonlySet<string>;
  answered: number;
  /** Its members had their time to answer. */
  isLate: boolean;
  timer: Timer | undefined;
}

/** What {@link RemovalWaves} work with. */
interface RemovalWavesSurroundings {
  readonly runtime: Pick<Runtime, "setTimer">;
  readonly limits: BatchLimits;
  /** The version of the tombstone as this node knows it; 0 for none. */
  revision(name: string): number;
  /** Sends a question with the tombstones that it is about. */
  ask(members: Iterable<string>, question: Question): void;
  /** The member that runs the name as far as this node knows, if one does. */
  ownerOf(name: string): string | undefined;
  /** All members that count have said what they know of it. @param asked the version that they were asked about. */
  answered(removal: Removal, asked: number): void;
}

/** Questions about removals, one for many names and each member, and what comes back. */
export class RemovalWaves {
  readonly #surroundings: RemovalWavesSurroundings;
  readonly #waves = new Map<number, Wave>();
  #lastToken = 0;

  constructor(surroundings: RemovalWavesSurroundings) {
    this.#surroundings = surroundings;
  }

  /** @param voters those of the members whose say counts: all but those that leave. */
  ask(asked: readonly Removal[], members: readonly string[], voters: ReadonlySet<string>): void {
    const size = ({ name }: Removal): number => itemBytes + 2 * textBytesMax(name);
    for (const removals of batches(asked, this.#surroundings.limits, size)) {
      for (const removal of removals) {
        removal.asking++;
        removal.revision = this.#surroundings.revision(removal.name);
      }
      const names = removals.map(({ name, revision }) => [name, revision] as const);
      this.#begin({
        question: { token: ++this.#lastToken, names },
        removals,
        waiting: new Map(removals.map((removal) => [removal, removal.revision])),
        waitingFor: new Set(members),
        voters,
        answered: 0,
        isLate: false,
        timer: undefined,
      });
    }
  }

  /** A member answered. */
  received({ token, known, hosted }: Answer, nodeId: string): void {
    const wave = this.#waves.get(token);
    if (wave === undefined || !wave.waitingFor.delete(nodeId)) return;
    for (const { hosts } of wave.removals) hosts.delete(nodeId);
    for (const at of known) if (wave.removals[at] !== undefined) wave.removals[at].had = true;
    for (const [at, epoch] of hosted) {
      const removal = wave.removals[at];
      if (removal === undefined) continue;
      removal.had = true;
      removal.hosts.add(nodeId);
      removal.epoch = Math.max(removal.epoch, epoch);
    }
    if (wave.voters.has(nodeId)) wave.answered++;
    this.#endIfAnswered(wave);
  }

  /** A new link to this member stands: what it was asked may have been lost with the one before. */
  linked(nodeId: string): void {
    for (const { question, waitingFor } of this.#waves.values())
      if (waitingFor.has(nodeId)) this.#surroundings.ask([nodeId], question);
  }

  memberGone(nodeId: string): void {
    for (const wave of [...this.#waves.values()]) if (wave.waitingFor.delete(nodeId)) this.#endIfAnswered(wave);
  }

  /** Its last caller has gone: no silent member is waited for any more. */
  drop(removal: Removal): void {
    for (const wave of [...this.#waves.values()]) if (wave.isLate) this.#dropUnwanted(wave, removal);
  }

  /** Members that have not answered about it. */
  silent(removal: Removal): string[] {
    const waves = [...this.#waves.values()].filter(({ waiting }) => waiting.has(removal));
    return waves.flatMap(({ waitingFor }) => [...waitingFor]);
  }

  /** Gives up all timers. */
  stop(): void {
    for (const { timer } of this.#waves.values()) timer?.cancel();
    this.#waves.clear();
  }

  #begin(wave: Wave): void {
    const { runtime, ask } = this.#surroundings;
    const { question, waitingFor } = wave;
    this.#waves.set(question.token, wave);
    if (waitingFor.size > 0) {
      wave.timer = runtime.setTimer(answerMs, () => this.#goOnWithout(wave), { background: true });
      ask(waitingFor, question);
    }
    this.#endIfAnswered(wave);
  }

  #endIfAnswered(wave: Wave): void {
    if (wave.waitingFor.size > 0) return;
    for (const removal of [...wave.waiting.keys()]) this.#answered(wave, removal);
    this.#endIfIdle(wave);
  }

  /** Members that are silent hold up only what they may run. */
  #goOnWithout(wave: Wave): void {
    wave.isLate = true;
    const silent = [...wave.waitingFor].filter((nodeId) => wave.voters.has(nodeId)).length;
    const canTell = isConclusive({ answered: wave.answered, silent, ageMs: answerMs });
    for (const removal of [...wave.waiting.keys()]) {
      const owner = this.#surroundings.ownerOf(removal.name);
      const isRunBySilent = owner !== undefined && wave.waitingFor.has(owner);
      if (isRunBySilent || (!canTell && !removal.had)) this.#dropUnwanted(wave, removal);
      else this.#answered(wave, removal);
    }
    this.#endIfIdle(wave);
  }

  #answered(wave: Wave, removal: Removal): void {
    const asked = wave.waiting.get(removal) ?? 0;
    wave.waiting.delete(removal);
    removal.asking--;
    this.#surroundings.answered(removal, asked);
  }

  #dropUnwanted(wave: Wave, removal: Removal): void {
    if (removal.callers > 0 || !wave.waiting.delete(removal)) return;
    removal.asking--;
    this.#endIfIdle(wave);
  }

  #endIfIdle(wave: Wave): void {
    if (wave.waiting.size > 0) return;
    this.#waves.delete(wave.question.token);
    wave.timer?.cancel();
  }
}
