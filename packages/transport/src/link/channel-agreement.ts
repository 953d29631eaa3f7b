import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { TransportError } from "../errors.ts";
import { type ChannelKind, type ChannelOptions, channelKinds, channelsMax, connectionsMax } from "./channel-options.ts";
import { type FrameCompression, frameCompressions, frameUnpackers } from "./frame-compression.ts";

/** What a node says of one of its channels to the other side of a link. */
interface AnnouncedChannel {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly connections: number;
  /** Large frames that it takes on a connection before it returns credit. */
  readonly creditChunks: number;
  /** The largest message that it takes. Bytes. */
  readonly messageBytesMax: number;
}

/** What a node says of itself before a link begins, besides who it is. */
interface LinkTerms {
  readonly channels: readonly AnnouncedChannel[];
  /** How it can unpack frames. */
  readonly unpacks: ReadonlySet<FrameCompression>;
}

/** A channel that both sides have: own settings, within what the other side takes. */
export interface AgreedChannel extends ChannelOptions {
  /** Large frames that may be under way to the peer, on each connection. */
  readonly peerCreditChunks: number;
  /** How frames to the peer are packed. */
  readonly packs: FrameCompression | undefined;
}

/** Fields of a hello's extension, each with its number and length before it; others are skipped. */
const field = { channels: 1, unpacks: 2 } as const;
const nameBytesMax = 64;

/** The terms of this node as the extension of its hello. */
export function encodeTerms(channels: readonly ChannelOptions[]): Uint8Array {
  const content = new ByteWriter(128);
  content.varint(channels.length);
  for (const { name, kind, connections, creditChunks, messageBytesMax } of channels) {
    content.string(name);
    content.u8(channelKinds.indexOf(kind));
    content.varint(connections);
    content.varint(creditChunks);
    content.varint(messageBytesMax);
  }
  const writer = new ByteWriter(256);
  writer.varint(field.channels);
  writer.varint(content.length);
  writer.raw(content.bytes());
  writer.varint(field.unpacks);
  writer.varint(frameUnpackers.length);
  for (const { number } of frameUnpackers) writer.u8(number);
  return writer.bytes();
}

/** The terms in a hello's extension; undefined when it carries none. @throws {TransportError} `malformed`. */
export function decodeTerms(extension: Uint8Array): LinkTerms | undefined {
  const reader = new ByteReader(extension);
  let channels: AnnouncedChannel[] | undefined;
  const unpacks = new Set<FrameCompression>();
  while (reader.remaining > 0) {
    const number = reader.varint();
    const content = reader.raw(reader.varint());
    if (number === field.channels) channels = decodeChannels(new ByteReader(content));
    if (number === field.unpacks)
      for (const each of frameCompressions) if (content.includes(each.number)) unpacks.add(each);
  }
  return channels && { channels, unpacks };
}

function decodeChannels(reader: ByteReader): AnnouncedChannel[] {
  const count = reader.varint();
  if (count === 0 || count > channelsMax) throw malformed(`${count} channels`);
  return Array.from({ length: count }, () => {
    const name = reader.string(nameBytesMax);
    const kind = channelKinds[reader.u8()];
    const [connections, creditChunks, messageBytesMax] = [reader.varint(), reader.varint(), reader.varint()];
    if (kind === undefined) throw malformed(`a kind of channel "${name}" that is not known here`);
    if (connections === 0 || connections > connectionsMax || creditChunks === 0 || messageBytesMax === 0) {
      throw malformed(`impossible settings of channel "${name}"`);
    }
    return { name, kind, connections, creditChunks: Math.min(creditChunks, 64), messageBytesMax };
  });
}

/**
 * The channels of a link to a node with these terms: those that both sides have. What differs and needs no agreement (the
 * largest message, the window) is the smaller of both.
 *
 * @returns a text that says what cannot be brought together: a channel of another kind or with another number of connections.
 */
export function agree(own: readonly ChannelOptions[], terms: LinkTerms | undefined): AgreedChannel[] | string {
  const agreed: AgreedChannel[] = [];
  for (const channel of own) {
    // A peer that announces nothing is taken to have what we have.
    const theirs = terms === undefined ? channel : terms.channels.find(({ name }) => name === channel.name);
    if (theirs === undefined) continue;
    if (theirs.kind !== channel.kind) return `channel ${channel.name}: ${theirs.kind} there, ${channel.kind} here`;
    if (theirs.connections !== channel.connections) {
      return `channel ${channel.name}: ${theirs.connections} connections there, ${channel.connections} here`;
    }
    agreed.push({
      ...channel,
      messageBytesMax: Math.min(channel.messageBytesMax, theirs.messageBytesMax),
      peerCreditChunks: theirs.creditChunks,
      packs: packsFor(channel, terms),
    });
  }
  return agreed;
}

function packsFor({ compression }: ChannelOptions, terms: LinkTerms | undefined): FrameCompression | undefined {
  if (compression === "none") return undefined;
  const usable = frameUnpackers.filter((each) => terms?.unpacks.has(each));
  return usable.find(({ name }) => name === compression) ?? usable[0];
}

function malformed(what: string): TransportError {
  return new TransportError("malformed", `The hello announces ${what}; the peer is faulty or hostile.`);
}
