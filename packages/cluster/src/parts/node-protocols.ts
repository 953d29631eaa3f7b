import type { Log, StormLog } from "@foundation/actor";
import { checkValue, OptionTable, optionRule } from "@foundation/actor/spi";
import {
  type ByteReader,
  ByteWriter,
  type Codec,
  type Endpoint,
  type Link,
  TransportError,
} from "@foundation/transport";
import { ClusterError } from "../errors.ts";
import { messageKind } from "../remote/message-kind.ts";

/** The longest name of a protocol. Bytes. */
const nameBytesMax = 64;

const { callback, objectWith, required, text } = optionRule;

const protocolTable = new OptionTable<NodeProtocolOptions<unknown>>("protocol()", {
  name: required(text),
  schema: required(objectWith("a schema", "safeParse")),
  channel: text,
  receive: required(callback),
});

/** A text is an iterable as well, of letters. */
const idsRule = optionRule.rule(
  "an array of node ids, or another iterable of them",
  (value) => typeof value === "object" && value !== null && Symbol.iterator in value,
);

/** What is said of a payload that no part of this node takes. */
const unfit = {
  method: "receive",
  code: "badMessage",
  reason: "the payload does not fit the protocol's schema",
} as const;

/** What users send must not take the room of what keeps the cluster together. */
const reserved = { isReserved: true } as const;

/** Reads a payload that a peer sent. A zod schema is one. */
export interface PayloadSchema<Payload> {
  safeParse(input: unknown): { readonly success: true; readonly data: Payload } | { readonly success: false };
}

/** Settings of one protocol between nodes. */
export interface NodeProtocolOptions<Payload> {
  /** The same on all nodes; at most 64 characters. */
  readonly name: string;
  /** What peers may send; anything else is dropped and logged. */
  readonly schema: PayloadSchema<Payload>;
  /** The channel. Default `control`. */
  readonly channel?: string;
  /** A peer's message. `nodeId` is the authenticated sender. */
  receive(payload: Payload, nodeId: string): void;
}

/** What a part of the node uses to talk to the same part of other nodes. */
export interface NodeProtocol<Payload> {
  /**
   * Sends to one member. @returns false when it is not linked or its queue is full: nothing was sent.
   *
   * @throws TransportError `invalidOption` for what is no id of a node.
   */
  send(nodeId: string, payload: Payload): boolean;
  /**
   * Sends to these members, as far as they are linked; encoded once. @returns how many it was sent to.
   *
   * @throws ActorError and TransportError `invalidOption` for what are no ids of nodes.
   */
  multicast(nodeIds: Iterable<string>, payload: Payload): number;
  /** Sends to all linked members; encoded once. @returns how many it was sent to. */
  broadcast(payload: Payload): number;
}

/** What {@link NodeProtocols} work with. */
interface NodeProtocolsOptions {
  readonly log: Log;
  readonly storms: StormLog;
  readonly codec: Codec;
  readonly endpoint: Pick<Endpoint, "channelNames" | "link" | "links" | "messageRefused">;
}

/** Messages between the same parts of different nodes: membership, registry, supervision. */
export class NodeProtocols {
  readonly #log: Log;
  readonly #storms: StormLog;
  readonly #codec: Codec;
  readonly #endpoint: NodeProtocolsOptions["endpoint"];
  readonly #writer = new ByteWriter();
  readonly #protocols = new Map<string, { receive(value: unknown, nodeId: string): void }>();

  constructor({ log, storms, codec, endpoint }: NodeProtocolsOptions) {
    this.#log = log;
    this.#storms = storms;
    this.#codec = codec;
    this.#endpoint = endpoint;
  }

  /** Adds a protocol. @throws ClusterError `protocolTaken`; ActorError `invalidOption`. */
  add<Payload>(options: NodeProtocolOptions<Payload>): NodeProtocol<Payload> {
    protocolTable.check(options);
    const { name, schema, channel = "control", receive } = options;
    if (!this.#endpoint.channelNames.includes(channel)) {
      protocolTable.refuse(`channel is ${JSON.stringify(channel)}; allowed: ${this.#endpoint.channelNames.join(", ")}`);
    }
    if (name.length === 0 || Buffer.byteLength(name) > nameBytesMax) {
      throw new ClusterError(
        "protocolTaken",
        `${JSON.stringify(name)} cannot name a node protocol: 1 to ${nameBytesMax} bytes`,
      );
    }
    if (this.#protocols.has(name)) throw new ClusterError("protocolTaken", `a node protocol ${name} exists already`);
    this.#protocols.set(name, {
      receive: (value, nodeId) => {
        const parsed = schema.safeParse(value);
        if (parsed.success) receive(parsed.data, nodeId);
        else this.#endpoint.messageRefused(nodeId, { ...unfit, recipient: `protocol ${name}` });
      },
    });
    return {
      send: (nodeId, payload) => {
        const link = this.#endpoint.link(nodeId);
        return link !== undefined && this.#transmit([link], channel, this.#encode(name, payload)) === 1;
      },
      multicast: (nodeIds, payload) => {
        checkValue("what multicast() gets", nodeIds, idsRule);
        const links = Array.from(nodeIds, (nodeId) => this.#endpoint.link(nodeId)).filter((link) => link !== undefined);
        return this.#transmit(links, channel, this.#encode(name, payload));
      },
      broadcast: (payload) => this.#transmit(this.#endpoint.links(), channel, this.#encode(name, payload)),
    };
  }

  /** Handles a message of kind `protocol`. @throws TransportError `malformed`. */
  receive(link: Link, reader: ByteReader): void {
    const name = reader.string(nameBytesMax);
    const value = this.#codec.decodeRest(reader);
    const protocol = this.#protocols.get(name);
    if (protocol === undefined)
      return this.#log.debug("unknown node protocol", { protocol: name, from: link.peer.nodeId });
    protocol.receive(value, link.peer.nodeId);
  }

  #encode(name: string, payload: unknown): Uint8Array {
    this.#writer.reset();
    this.#writer.u8(messageKind.protocol);
    this.#writer.string(name);
    this.#codec.encode(payload, this.#writer);
    return this.#writer.bytes();
  }

  /**
   * Sends the same to all. A peer that cannot take what keeps the cluster together, although it has room of its own, is cut off;
   * it is linked and brought up to date again. What is too large for a link's terms would be so on the next one: it is logged and
   * dropped. The sender is often at work on what a peer said, and must not throw then.
   *
   * @returns how many took it.
   */
  #transmit(links: Iterable<Link>, channel: string, bytes: Uint8Array): number {
    let count = 0;
    const full: Link[] = [];
    for (const link of links) {
      if (!link.isOpen) continue;
      try {
        link.send(channel, bytes, reserved);
        count++;
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        if (error.code === "overloaded" || error.code === "linkClosed") full.push(link);
        else this.#dropped(link, channel, error);
      }
    }
    // Only now: who hears of the end of a link may send, too, and write over these bytes.
    for (const link of full) {
      this.#log.warn("link closed: its queue is full", { to: link.peer.nodeId, channel });
      link.close(1013, "queue is full");
    }
    return count;
  }

  #dropped({ peer }: Link, channel: string, { message: reason }: TransportError): void {
    const event = "node protocol: a message was dropped";
    const fields = { to: peer.nodeId, channel, reason };
    this.#storms.tell(this.#log, { level: "error", event, subject: peer.nodeId, fields });
  }
}
