import { type ActorChannels, ActorRef, type ActorSystem } from "@foundation/actor";
import { ActorCell, assertRef, checkValue } from "@foundation/actor/spi";
import {
  ByteWriter,
  Codec,
  type Endpoint,
  type Link,
  type MessageRefusal,
  TransportError,
} from "@foundation/transport";
import type { Membership } from "../view/membership.ts";
import { type OneWayCall, type PlainMessage, writeSend, writeTell } from "./one-way-messages.ts";
import { type RefKind, refKindTable } from "./ref-kind.ts";
import { RemoteActor } from "./remote-actor.ts";
import { addressRule, type RemoteAddress, type RemoteRef, remoteRefSchema } from "./remote-address.ts";
import { RemoteSession } from "./remote-session.ts";
import { SessionWire } from "./session-wire.ts";

/** Open business with other nodes, over all links. */
export interface MessageStats {
  /** Asks that wait for an answer from elsewhere. */
  readonly asks: number;
  /** Actors elsewhere that are watched from here. */
  readonly watches: number;
  /** Watches of actors of this node from elsewhere. */
  readonly watched: number;
  /** Answers that came and belong to nothing that is open, since the start: late, or forged. They were dropped. */
  readonly droppedAnswers: number;
}

/** What {@link ActorMessages} work with. */
interface ActorMessagesOptions {
  readonly system: ActorSystem;
  readonly membership: Pick<Membership, "self">;
  readonly endpoint: Pick<Endpoint, "sendLater" | "messageRefused">;
}

/** Sends and receives actor messages over the node's links, and turns refs into values that can travel. */
export class ActorMessages {
  readonly system: ActorSystem;
  readonly codec: Codec;
  readonly #membership: Pick<Membership, "self">;
  readonly #endpoint: Pick<Endpoint, "sendLater" | "messageRefused">;
  readonly #kinds: RefKind[] = [];
  readonly #writer = new ByteWriter();
  readonly #sessions = new Map<string, RemoteSession>();
  /** Of sessions that have ended. */
  #droppedAnswers = 0;

  constructor({ system, membership, endpoint }: ActorMessagesOptions) {
    this.system = system;
    this.#membership = membership;
    this.#endpoint = endpoint;
    this.codec = new Codec({
      reference: {
        is: (value) => value instanceof ActorRef,
        encode: (value) => this.#encodeRef(value as ActorRef),
        decode: (plain) => this.#decodeRef(plain),
      },
    });
  }

  /** @internal Has refs of a further kind travel. @throws ActorError `invalidOption`. */
  refKind(kind: RefKind): void {
    refKindTable.check(kind);
    this.#kinds.push(kind);
  }

  /** How many bytes `value` takes in a message. @throws TransportError `notSerializable`. */
  encodedBytes(value: unknown): number {
    this.#writer.reset();
    this.codec.encode(value, this.#writer);
    return this.#writer.length;
  }

  /**
   * The ref of an actor on any node.
   *
   * @param channels the channels that its class names, as far as they are known here.
   * @throws ActorError `invalidOption`.
   */
  ref(address: RemoteAddress, channels?: ActorChannels): ActorRef {
    checkValue("the address of an actor", address, addressRule);
    const [nodeId, incarnation, actorId] = address;
    const { self } = this.#membership;
    const isHere = nodeId === self.nodeId && incarnation === self.incarnation;
    const cell = isHere ? this.system.cell(actorId) : undefined;
    // A ref that was never given away is forged: it must not become one that works.
    return (
      (cell?.isExposed ? cell.self : undefined) ??
      new ActorRef(new RemoteActor(this, [nodeId, incarnation, actorId], channels))
    );
  }

  /**
   * Where the actor behind `ref` lives; undefined for refs by name. From now on other nodes can reach it.
   *
   * @throws ActorError `invalidOption` for what is no ref, `twoCopies`.
   */
  addressOf(ref: ActorRef): RemoteAddress | undefined {
    assertRef(ref);
    const { recipient } = ref;
    if (recipient instanceof RemoteActor) return recipient.address;
    if (!(recipient instanceof ActorCell) || recipient.system !== this.system) return undefined;
    recipient.isExposed = true;
    const { nodeId, incarnation } = this.#membership.self;
    return [nodeId, incarnation, recipient.id];
  }

  /** What is open at this moment. */
  stats(): MessageStats {
    let [asks, watches, watched, droppedAnswers] = [0, 0, 0, this.#droppedAnswers];
    for (const session of this.#sessions.values()) {
      asks += session.calls.open;
      watches += session.watches.open;
      watched += session.watches.openHere;
      droppedAnswers += session.droppedAnswers;
    }
    return { asks, watches, watched, droppedAnswers };
  }

  /** @internal The session with this incarnation of a node, when it is linked. */
  session(nodeId: string, incarnation: number): RemoteSession | undefined {
    const session = this.#sessions.get(nodeId);
    return session?.link.peer.incarnation === incarnation ? session : undefined;
  }

  /**
   * @internal Keeps a call for when its node is linked again, if its channel is a reliable one.
   *
   * @throws ActorError `badMessage`; TransportError `notSerializable`, `messageTooLarge`, `overloaded`.
   */
  tellLater(nodeId: string, incarnation: number, call: OneWayCall): boolean {
    const channel = call.options?.channel;
    if (channel === undefined) return false;
    writeTell(this.#writer, this.codec, call);
    return this.#endpoint.sendLater({ nodeId, incarnation }, this.#writer.bytes(), { channel, route: call.actorId });
  }

  /** @internal Keeps a plain message likewise. @throws TransportError as {@link tellLater}. */
  plainLater(nodeId: string, incarnation: number, plain: PlainMessage): boolean {
    const channel = plain.options?.channel;
    if (channel === undefined) return false;
    writeSend(this.#writer, this.codec, plain);
    return this.#endpoint.sendLater({ nodeId, incarnation }, this.#writer.bytes(), { channel, route: plain.actorId });
  }

  /** @internal */
  linkUp(link: Link): RemoteSession {
    const wire = new SessionWire(link, this.codec, this.#writer);
    const { nodeId, incarnation } = link.peer;
    const refOf = (actorId: number): ActorRef => {
      if (actorId === 0) throw new TransportError("malformed", "No actor has the number 0.");
      return this.ref([nodeId, incarnation, actorId]);
    };
    const onRefused = (refusal: MessageRefusal): void => this.#endpoint.messageRefused(nodeId, refusal);
    const session = new RemoteSession(wire, this.system, { refOf, onRefused });
    this.#sessions.set(link.peer.nodeId, session);
    return session;
  }

  /** @internal */
  linkDown(link: Link): void {
    const session = this.#sessions.get(link.peer.nodeId);
    if (session?.link !== link) return;
    this.#sessions.delete(link.peer.nodeId);
    this.#droppedAnswers += session.droppedAnswers;
    session.closed();
  }

  #encodeRef(ref: ActorRef): unknown {
    for (const kind of this.#kinds) if (kind.is(ref)) return kind.encode(ref);
    const address = this.addressOf(ref);
    if (address === undefined) throw new TransportError("notSerializable", `${ref} cannot be sent to another node`);
    const channels = channelsOf(ref);
    return channels === undefined ? address : ([...address, channels] satisfies RemoteRef);
  }

  #decodeRef(plain: unknown): ActorRef {
    for (const kind of this.#kinds) {
      const decoded = kind.decode(plain);
      if (decoded !== undefined) return decoded;
    }
    const ref = remoteRefSchema.safeParse(plain);
    if (!ref.success) throw new TransportError("malformed", "A ref that names no actor was received.");
    const [nodeId, incarnation, actorId, channels] = ref.data;
    return this.ref([nodeId, incarnation, actorId], channels);
  }
}

/** The channels that the class of the actor behind `ref` names, as far as they are known here. */
function channelsOf({ recipient }: ActorRef): ActorChannels | undefined {
  if (recipient instanceof RemoteActor) return recipient.channels;
  return recipient instanceof ActorCell ? recipient.protocol.channels : undefined;
}
