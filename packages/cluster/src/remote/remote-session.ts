import type { ActorChannels, ActorRef, ActorSystem } from "@foundation/actor";
import type { ByteReader, Link, MessageRefusal } from "@foundation/transport";
import { ExposedActors } from "./exposed-actors.ts";
import { RemoteCalls } from "./remote-calls.ts";
import { RemoteLinks } from "./remote-links.ts";
import { RemoteMailboxes } from "./remote-mailboxes.ts";
import { RemoteStreams } from "./remote-streams.ts";
import { RemoteWatches } from "./remote-watches.ts";
import type { SessionWire } from "./session-wire.ts";

/** What a {@link RemoteSession} shares with the others of its node. */
interface RemoteSessionOptions {
  /** The ref of an actor of the peer. */
  readonly refOf: (actorId: number) => ActorRef;
  /** Told of each message of the peer that was not handled. */
  readonly onRefused: (refusal: MessageRefusal) => void;
}

/** All actor traffic with one incarnation of a peer: what was asked there, what is watched there, and the reverse. */
export class RemoteSession {
  readonly link: Link;
  readonly calls: RemoteCalls;
  readonly watches: RemoteWatches;
  readonly streams: RemoteStreams;
  readonly links: RemoteLinks;
  readonly #mailboxes: RemoteMailboxes;
  readonly #wire: SessionWire;

  constructor(wire: SessionWire, system: ActorSystem, { refOf, onRefused }: RemoteSessionOptions) {
    this.link = wire.link;
    this.#wire = wire;
    const exposed = new ExposedActors({ system, from: wire.link.peer.nodeId, onRefused });
    this.#mailboxes = new RemoteMailboxes(wire, (actorId) => exposed.find(actorId, "ready"));
    this.calls = new RemoteCalls(wire, { runtime: system.runtime, exposed, mailboxes: this.#mailboxes });
    this.watches = new RemoteWatches(wire, exposed);
    this.streams = new RemoteStreams(wire, exposed);
    this.links = new RemoteLinks(wire, (actorId) => exposed.find(actorId, "exit signal"), refOf);
  }

  /**
   * Resolves when the channel, or all those that a message without one may take, have room, and so has the actor's mailbox.
   *
   * @param named by the class.
   */
  async room(actorId: number, channel: string | undefined, named: ActorChannels = {}): Promise<void> {
    const ofMost = named.channel === undefined ? this.#wire.channelsBySize : [named.channel];
    const channels = channel === undefined ? new Set([...ofMost, ...Object.values(named.channels ?? {})]) : [channel];
    await Promise.all(Array.from(channels, (each) => this.link.room(each)));
    // The first of them is that of small messages, which are most.
    await this.#mailboxes.room(actorId, channel ?? named.channel ?? "control");
  }

  /** Answers of the peer that belong to nothing that is open here. */
  get droppedAnswers(): number {
    return this.calls.droppedAnswers + this.watches.droppedAnswers + this.streams.droppedAnswers;
  }

  /** The link is gone: asks end with `nodedown`, watches with `noconnection`. */
  closed(): void {
    this.calls.closed();
    this.watches.closed();
    this.#mailboxes.closed();
    this.streams.closed();
    this.links.closed();
  }

  /**
   * Handles one message of the peer.
   *
   * @returns false for kinds that are not actor traffic.
   * @throws TransportError `malformed`: the link ends.
   */
  receive(kind: number, reader: ByteReader, channel: string): boolean {
    return (
      this.calls.receive(kind, reader, channel) ||
      this.watches.receive(kind, reader) ||
      this.links.receive(kind, reader) ||
      this.streams.receive(kind, reader, channel) ||
      this.#mailboxes.receive(kind, reader, channel)
    );
  }
}
