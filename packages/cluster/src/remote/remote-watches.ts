import type { ExitListener, ExitReason } from "@foundation/actor";
import type { ByteReader } from "@foundation/transport";
import type { ExposedActors } from "./exposed-actors.ts";
import { messageKind } from "./message-kind.ts";
import { openMax, type SessionWire } from "./session-wire.ts";

/** What a session does with watches: of actors of the peer from here, and of actors here by the peer. */
export class RemoteWatches {
  /** Ends of actors of the peer that nobody watches here: late, or forged. */
  droppedAnswers = 0;
  readonly #wire: SessionWire;
  readonly #exposed: ExposedActors;
  readonly #watching = new Map<number, ExitListener>();
  readonly #watchedHere = new Map<number, () => void>();
  #lastId = 0;

  constructor(wire: SessionWire, exposed: ExposedActors) {
    this.#wire = wire;
    this.#exposed = exposed;
  }

  /** How many actors of the peer are watched from here. */
  get open(): number {
    return this.#watching.size;
  }

  /** How many watches of actors of this node the peer holds. */
  get openHere(): number {
    return this.#watchedHere.size;
  }

  /** Tells `listener` once of the end of an actor of the peer. @returns takes it back. */
  watch(actorId: number, listener: ExitListener): () => void {
    const id = ++this.#lastId;
    this.#watching.set(id, listener);
    this.#wire.signal(messageKind.watch, (writer) => {
      writer.varint(id);
      writer.varint(actorId);
    });
    return () => {
      if (this.#watching.delete(id)) this.#wire.signal(messageKind.unwatch, (writer) => writer.varint(id));
    };
  }

  /** @returns false for other kinds of messages. @throws TransportError `malformed`: the link ends. */
  receive(kind: number, reader: ByteReader): boolean {
    switch (kind) {
      case messageKind.watch:
        this.#begin(reader.varint(), reader.varint());
        return true;
      case messageKind.unwatch:
        this.#end(reader.varint());
        return true;
      case messageKind.down:
        this.#down(reader.varint(), reader);
        return true;
      default:
        return false;
    }
  }

  /** The link is gone: the peer holds no watches any more, and nobody knows how its actors go on. */
  closed(): void {
    for (const cancel of this.#watchedHere.values()) cancel();
    this.#watchedHere.clear();
    const watching = [...this.#watching.values()];
    this.#watching.clear();
    for (const listener of watching) listener("noconnection");
  }

  #begin(id: number, actorId: number): void {
    const cell = this.#exposed.find(actorId, "watch");
    if (cell === undefined || this.#watchedHere.size >= openMax) return this.#tellEnd(id, "noproc");
    if (this.#watchedHere.has(id)) return;
    const cancel = cell.watch((reason) => {
      this.#watchedHere.delete(id);
      this.#tellEnd(id, reason);
    });
    this.#watchedHere.set(id, cancel);
  }

  #end(id: number): void {
    this.#watchedHere.get(id)?.();
    this.#watchedHere.delete(id);
  }

  #down(id: number, reader: ByteReader): void {
    const reason = this.#wire.readReason(reader);
    const listener = this.#watching.get(id);
    if (this.#watching.delete(id)) listener?.(reason);
    else this.droppedAnswers += 1;
  }

  #tellEnd(id: number, reason: ExitReason): void {
    this.#wire.signal(messageKind.down, (writer) => {
      writer.varint(id);
      this.#wire.writeReason(reason, writer);
    });
  }
}
