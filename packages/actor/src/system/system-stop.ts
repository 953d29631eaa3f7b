import { ActorCell } from "../actor/actor-cell.ts";
import type { DeadLetter } from "../message/dead-letter.ts";
import { PendingReply } from "../message/reply.ts";
import { either, infinite, milliseconds, type OptionRule } from "../options/option-rule.ts";
import { checkValue } from "../options/option-table.ts";
import type { Timer } from "../runtime/runtime.ts";
import type { ActorSystem } from "./actor-system.ts";
import { OrderlyStop } from "./orderly-stop.ts";
import { Standstill, type Wait } from "./standstill.ts";

/** How long an actor that does nothing may owe an answer to one that was told to stop. Milliseconds; less in a short stop. */
const patienceMsMax = 500;

/** The time that an actor may take to stop: 0 kills it at once, infinity never. */
export const stopMsRule: OptionRule = either(milliseconds({ min: 0 }), infinite);

/** The stop of a system: in which order its actors end, and what becomes of those that cannot. */
export class SystemStop {
  readonly #system: ActorSystem;
  readonly #cells: () => Iterable<ActorCell>;
  #standstill: Standstill | undefined;
  #order: OrderlyStop<ActorCell> | undefined;

  /** @param cells all living actors, oldest first. */
  constructor(system: ActorSystem, cells: () => Iterable<ActorCell>) {
    this.#system = system;
    this.#cells = cells;
  }

  get hasBegun(): boolean {
    return this.#standstill !== undefined;
  }

  /** @param timeoutMs milliseconds that each actor will have. @throws ActorError `invalidOption`. */
  begin(timeoutMs: number): void {
    checkValue("the time to stop", timeoutMs, stopMsRule);
    const { runtime } = this.#system;
    const patienceMs = Math.min(patienceMsMax, timeoutMs / 10);
    this.#standstill ??= new Standstill({ runtime, patienceMs, waits: () => this.#waits() });
  }

  /** Whether a message reached nobody because of the stop: what was there before is gone. */
  explains({ reason }: DeadLetter): boolean {
    return this.hasBegun && (reason === "noproc" || reason === "nodedown");
  }

  spawned(cell: ActorCell): void {
    this.#order?.spawned(cell);
  }

  told(cell: ActorCell | undefined): void {
    if (cell !== undefined) this.#standstill?.told(cell);
  }

  ended(cell: ActorCell): void {
    this.#order?.ended(cell);
    this.#standstill?.ended(cell);
  }

  /** Stops those that belong, in order. */
  async stopAll(belongs: (cell: ActorCell) => boolean, timeoutMs: number): Promise<void> {
    const { runtime, log } = this.#system;
    const stop = (cell: ActorCell): void => void endOf(cell, timeoutMs, () => cell.stopHere("shutdown"));
    this.#order = new OrderlyStop({ runtime, orderMs: timeoutMs, belongs, stop }, this.#cells());
    const outcome = await this.#order.over;
    this.#order = undefined;
    if (outcome === "stopped") return;
    log.error("actors keep starting others while the system stops; all are killed", { living: this.#system.size });
  }

  /** None lives any more. */
  end(): void {
    this.#standstill?.stop();
  }

  /** What handlers and hooks of actors wait for: answers of asks, room, streams. */
  *#waits(): Iterable<Wait> {
    for (const ask of this.#system.deadlines.pending()) {
      if (!(ask instanceof PendingReply) || ask.asker?.envelope === undefined) continue;
      const waiter = ask.asker.owner;
      const source = ask.target.resolve?.();
      const isHere = source instanceof ActorCell && source.system === this.#system;
      if (isHere && waiter instanceof ActorCell) yield { waiter, source, token: ask, giveUp: () => ask.giveUp() };
    }
    for (const cell of this.#cells()) {
      // Also one whose items keep coming: most that a handler reads at a stop have no end.
      for (const stream of cell.reading)
        yield { waiter: cell, source: undefined, token: stream, giveUp: () => stream.giveUp() };
    }
  }
}

/**
 * Resolves when an actor has ended; after `timeoutMs` it is killed.
 *
 * @param stop tells it to stop.
 */
export async function endOf(cell: ActorCell, timeoutMs: number, stop: () => void): Promise<void> {
  if (timeoutMs === 0) return cell.kill();
  cell.stopMs = Number.POSITIVE_INFINITY;
  await new Promise<void>((resolve) => {
    const killer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : new Killer(cell, timeoutMs);
    cell.onExit(() => {
      killer?.cancel();
      resolve();
    });
    stop();
  });
}

/** Kills an actor that does not stop in time. */
class Killer {
  readonly #cell: ActorCell;
  readonly #timeoutMs: number;
  #timer: Timer;

  constructor(cell: ActorCell, timeoutMs: number) {
    this.#cell = cell;
    this.#timeoutMs = timeoutMs;
    this.#timer = this.#arm();
  }

  cancel(): void {
    this.#timer.cancel();
  }

  #arm(): Timer {
    return this.#cell.system.runtime.setTimer(this.#timeoutMs, () => {
      if (isWaitingForItsTurn(this.#cell)) this.#timer = this.#arm();
      else this.#kill();
    });
  }

  #kill(): void {
    const { id, protocol, system } = this.#cell;
    const { className: actor } = protocol;
    const event = "actor killed: it did not stop in time";
    const fields = { actor, id, timeoutMs: this.#timeoutMs };
    system.storms.tell(system.log, { level: "warn", event, subject: actor, fields });
    this.#cell.kill();
  }
}

/**
 * Whether an actor does nothing and has not heard yet that it is to stop: among tens of thousands that stop at once, or beside one that
 * computes, its time would run out because of what others do. It is ready, so its turn comes.
 */
function isWaitingForItsTurn({ state, isHeld }: ActorCell): boolean {
  return state === "running" && !isHeld;
}
