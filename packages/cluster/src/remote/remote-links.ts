import type { ActorCell, ActorRef, ExitSignal } from "@foundation/actor";
import type { ByteReader } from "@foundation/transport";
import { messageKind } from "./message-kind.ts";
import type { SessionWire } from "./session-wire.ts";

/** One link between an actor here and one of the peer. */
interface RemoteLink {
  readonly cell: ActorCell;
  readonly remote: ActorRef;
}

/** Links that may be open between two nodes at a time; an actor that makes more is told `noconnection`. */
const linksMax = 1 << 20;

/** What a session does with links and exit signals between actors of the two nodes. */
export class RemoteLinks {
  readonly #wire: SessionWire;
  readonly #find: (actorId: number) => ActorCell | undefined;
  readonly #refOf: (actorId: number) => ActorRef;
  readonly #links = new Map<string, RemoteLink>();

  /**
   * @param find the actor here with this id, when other nodes may reach it.
   * @param refOf the ref of an actor of the peer.
   */
  constructor(
    wire: SessionWire,
    find: (actorId: number) => ActorCell | undefined,
    refOf: (actorId: number) => ActorRef,
  ) {
    this.#wire = wire;
    this.#find = find;
    this.#refOf = refOf;
  }

  /** How many links there are with actors of the peer. */
  get size(): number {
    return this.#links.size;
  }

  /** Passes a signal of an actor here on to one of the peer. */
  send(cell: ActorCell, actorId: number, signal: ExitSignal): void {
    const key = keyOf(cell.id, actorId);
    if (signal.kind === "link") {
      if (this.#links.size >= linksMax) return breakLink(cell, this.#refOf(actorId));
      this.#links.set(key, { cell, remote: this.#refOf(actorId) });
    } else if (signal.kind !== "exit") this.#links.delete(key);
    this.#wire.signal(messageKind[signal.kind], (writer) => {
      writer.varint(cell.id);
      writer.varint(actorId);
      if ("reason" in signal) this.#wire.writeReason(signal.reason, writer);
    });
  }

  /** Handles a signal of the peer. @returns false for other kinds of messages. */
  receive(kind: number, reader: ByteReader): boolean {
    switch (kind) {
      case messageKind.link:
        this.#linked(reader.varint(), reader.varint());
        return true;
      case messageKind.unlink:
        this.#received("unlink", reader.varint(), reader.varint());
        return true;
      case messageKind.linkedExit:
        this.#ended(reader.varint(), reader.varint(), reader);
        return true;
      case messageKind.exit:
        this.#exit(reader.varint(), reader.varint(), reader);
        return true;
      default:
        return false;
    }
  }

  /** The link between the nodes is gone, and with it all links between their actors. */
  closed(): void {
    const links = [...this.#links.values()];
    this.#links.clear();
    for (const { cell, remote } of links) breakLink(cell, remote);
  }

  #linked(fromId: number, toId: number): void {
    const cell = this.#find(toId);
    const remote = this.#refOf(fromId);
    if (cell === undefined || this.#links.size >= linksMax) {
      return this.#wire.signal(messageKind.linkedExit, (writer) => {
        writer.varint(toId);
        writer.varint(fromId);
        this.#wire.writeReason("noproc", writer);
      });
    }
    this.#links.set(keyOf(toId, fromId), { cell, remote });
    cell.signal({ kind: "link", from: remote });
  }

  #received(kind: "unlink", fromId: number, toId: number): void {
    const link = this.#take(fromId, toId);
    link?.cell.signal({ kind, from: link.remote });
  }

  #ended(fromId: number, toId: number, reader: ByteReader): void {
    const reason = this.#wire.readReason(reader);
    const link = this.#take(fromId, toId);
    link?.cell.signal({ kind: "linkedExit", from: link.remote, reason });
  }

  #exit(fromId: number, toId: number, reader: ByteReader): void {
    const decoded = this.#wire.codec.decodeRest(reader);
    const reason = decoded === "kill" ? decoded : this.#wire.asReason(decoded);
    this.#find(toId)?.signal({ kind: "exit", from: this.#refOf(fromId), reason });
  }

  #take(fromId: number, toId: number): RemoteLink | undefined {
    const key = keyOf(toId, fromId);
    const link = this.#links.get(key);
    this.#links.delete(key);
    return link;
  }
}

function keyOf(localId: number, remoteId: number): string {
  return `${localId}:${remoteId}`;
}

function breakLink(cell: ActorCell, remote: ActorRef): void {
  cell.signal({ kind: "linkedExit", from: remote, reason: "noconnection" });
}
