import type { Runtime, Timer } from "@foundation/actor";

/** How long members may take to answer before a start goes on without them. Milliseconds. */
const confirmMs = 1_000;

/** What all members had to say about a name that is about to be started here. */
export interface Confirmation {
  /** Whether one of them runs it, or is about to. */
  readonly isHostedElsewhere: boolean;
}

interface Round {
  readonly token: number;
  readonly waitingFor: Set<string>;
  readonly timer: Timer;
  readonly done: (confirmation: Confirmation) => void;
  isHostedElsewhere: boolean;
}

/**
 * Asks every member before a singleton starts here.
 *
 * Two nodes that know different things of the cluster may both believe that placement chose them. After one round trip
 * each knows whatever the others knew when they answered, and at most one of them still believes it.
 */
export class Confirmations {
  readonly #runtime: Runtime;
  readonly #rounds = new Map<string, Round>();
  #lastToken = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Whether a round about `name` is under way. */
  has(name: string): boolean {
    return this.#rounds.has(name);
  }

  /**
   * Begins a round.
   *
   * @param members ids of those that have to answer.
   * @param ask sends the question with its token.
   * @param done called once, when all have answered, are gone, or are out of time.
   */
  begin(name: string, members: readonly string[], ask: (token: number) => void, done: Round["done"]): void {
    const token = ++this.#lastToken;
    const timer = this.#runtime.setTimer(confirmMs, () => this.#end(name, token));
    this.#rounds.set(name, { token, waitingFor: new Set(members), timer, done, isHostedElsewhere: false });
    ask(token);
    this.#endIfComplete(name, token);
  }

  /** A member answered. */
  answered(nodeId: string, { name, token, isHosted }: { name: string; token: number; isHosted: boolean }): void {
    const round = this.#rounds.get(name);
    if (round?.token !== token) return;
    round.isHostedElsewhere ||= isHosted;
    round.waitingFor.delete(nodeId);
    this.#endIfComplete(name, token);
  }

  /** This member will not answer any more. */
  gone(nodeId: string): void {
    for (const [name, round] of this.#rounds) {
      if (round.waitingFor.delete(nodeId)) this.#endIfComplete(name, round.token);
    }
  }

  #endIfComplete(name: string, token: number): void {
    if (this.#rounds.get(name)?.waitingFor.size === 0) this.#end(name, token);
  }

  #end(name: string, token: number): void {
    const round = this.#rounds.get(name);
    if (round?.token !== token) return;
    this.#rounds.delete(name);
    round.timer.cancel();
    round.done({ isHostedElsewhere: round.isHostedElsewhere });
  }
}
