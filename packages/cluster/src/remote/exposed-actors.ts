import { type ActorCell, type ActorSystem, type DeadLetter, OverloadedError } from "@foundation/actor";
import { showThrown } from "@foundation/actor/spi";
import type { MessageRefusal } from "@foundation/transport";

/** What {@link ExposedActors} work with. */
interface ExposedActorsOptions {
  readonly system: ActorSystem;
  /** The peer that messages come from. */
  readonly from: string;
  /** Told of each message of the peer that was not handled. */
  readonly onRefused: (refusal: MessageRefusal) => void;
}

/** The actors of this node that a peer was given, and what becomes of messages that reach none of them. */
export class ExposedActors {
  readonly #system: ActorSystem;
  readonly #from: string;
  readonly #onRefused: (refusal: MessageRefusal) => void;

  constructor({ system, from, onRefused }: ExposedActorsOptions) {
    this.#system = system;
    this.#from = from;
    this.#onRefused = onRefused;
  }

  /** The actor that the peer may reach under this number. One that it was never given looks to it like one that is gone. */
  find(actorId: number, method: string): ActorCell | undefined {
    const cell = this.#system.cell(actorId);
    if (cell === undefined || cell.isExposed) return cell;
    const recipient = this.#labelOf(actorId);
    this.#onRefused({ recipient, method, code: "notExposed", reason: "this actor was never given to other nodes" });
    return undefined;
  }

  /** What an asker is told whose actor was not found. */
  unreached(actorId: number): string {
    return `no actor ${actorId} can be reached on ${this.#system.name}`;
  }

  /** A message that wants no answer was for an actor that was not found. */
  lost(actorId: number, method: string, args: readonly unknown[]): void {
    this.#deadLetter(actorId, method, args, "noproc");
  }

  /** An actor did not take a message that wants no answer: it becomes a dead letter here. */
  refused(error: unknown, actorId: number, letter: Pick<DeadLetter, "method" | "args">): void {
    const { method, args } = letter;
    this.report(error, actorId, method);
    this.#deadLetter(actorId, method, args, error instanceof OverloadedError ? "overloaded" : "badMessage");
  }

  /** An actor did not take a message. */
  report(error: unknown, actorId: number, method: string): void {
    const code = error instanceof OverloadedError ? "overloaded" : "badMessage";
    this.#onRefused({ recipient: this.#labelOf(actorId), method, code, reason: showThrown(error) });
  }

  #deadLetter(actorId: number, method: string, args: readonly unknown[], reason: DeadLetter["reason"]): void {
    const recipient = this.#labelOf(actorId);
    this.#system.deadLetter({ recipient, method, args, reason, sender: `node ${this.#from}` });
  }

  #labelOf(actorId: number): string {
    return `${this.#system.name}/${actorId}`;
  }
}
