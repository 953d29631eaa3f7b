import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { TransportError } from "../errors.ts";
import type { PeerAddress } from "../transport.ts";

/** Protocol versions that this code speaks. */
export const protocolVersions: VersionRange = { min: 1, max: 1 };

/** An inclusive range of protocol versions. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** Which side of a connection speaks. The byte is part of what both sides sign, so a hello cannot be reflected. */
export type HandshakeRole = "initiator" | "responder";

/** What each side says about itself and about the connection, before anything is proved. */
export interface Hello {
  readonly role: HandshakeRole;
  readonly versions: VersionRange;
  readonly cluster: string;
  readonly nodeId: string;
  /** Grows with every start of the node. */
  readonly incarnation: number;
  /** Where this side can be dialed. */
  readonly address: PeerAddress;
  /** 16 bytes chosen by the initiator for all connections of one link. */
  readonly linkId: Uint8Array;
  readonly channel: string;
  /** Which of the channel's connections this is, from 0. */
  readonly connectionIndex: number;
  /** 32 fresh random bytes. */
  readonly nonce: Uint8Array;
  /** Numbered fields that later versions may add to; what they mean is the link's business. Default: none. */
  readonly extension?: Uint8Array;
}

const noExtension: Uint8Array = new Uint8Array(0);

/** The longest hello that is read, in bytes. */
const helloBytesMax = 2048;
export const linkIdBytes = 16;
export const nonceBytes = 32;

/** "FNDN": tells a hello from anything else that may be sent to the port. */
const magic = [0x46, 0x4e, 0x44, 0x4e];
const roleByte: Record<HandshakeRole, number> = { initiator: 1, responder: 2 };
const clusterBytesMax = 255;
const hostBytesMax = 255;
const channelBytesMax = 64;
const nodeIdPattern = /^[A-Za-z0-9._-]{1,128}$/;

/** Whether `id` can name a node: 1 to 128 letters, digits, dots, underscores and hyphens. */
export function isNodeId(id: unknown): id is string {
  return typeof id === "string" && nodeIdPattern.test(id);
}

/** Packs a hello, byte by byte as the protocol reference says. */
export function encodeHello(hello: Hello): Uint8Array {
  const writer = new ByteWriter(256);
  for (const byte of magic) writer.u8(byte);
  writer.u8(roleByte[hello.role]);
  writer.varint(hello.versions.min);
  writer.varint(hello.versions.max);
  writer.string(hello.cluster);
  writer.string(hello.nodeId);
  writer.varint(hello.incarnation);
  writer.string(hello.address.host);
  writer.varint(hello.address.port);
  writer.raw(hello.linkId);
  writer.string(hello.channel);
  writer.varint(hello.connectionIndex);
  writer.raw(hello.nonce);
  const { extension = noExtension } = hello;
  writer.varint(extension.length);
  writer.raw(extension);
  return writer.bytes();
}

/** Unpacks a hello of the other side. @throws {TransportError} `malformed`. */
export function decodeHello(bytes: Uint8Array, role: HandshakeRole): Hello {
  if (bytes.length > helloBytesMax) throw malformed(`is ${bytes.length} bytes long, at most ${helloBytesMax} are read`);
  const reader = new ByteReader(bytes);
  for (const byte of magic) if (reader.u8() !== byte) throw malformed("does not start with its magic bytes");
  if (reader.u8() !== roleByte[role]) throw malformed(`does not come from the ${role}`);
  const versions = { min: reader.varint(), max: reader.varint() };
  if (versions.min > versions.max) throw malformed("carries an empty range of versions");
  const hello: Hello = {
    role,
    versions,
    cluster: reader.string(clusterBytesMax),
    nodeId: reader.string(128),
    incarnation: reader.varint(),
    address: { host: reader.string(hostBytesMax), port: reader.varint() },
    linkId: copyOf(reader.raw(linkIdBytes)),
    channel: reader.string(channelBytesMax),
    connectionIndex: reader.varint(),
    nonce: copyOf(reader.raw(nonceBytes)),
    extension: copyOf(reader.raw(reader.varint())),
  };
  if (reader.remaining > 0) throw malformed("has bytes after its end");
  if (!isNodeId(hello.nodeId)) throw malformed("carries a node id outside [A-Za-z0-9._-]{1,128}");
  if (hello.address.port > 65_535) throw malformed("carries an impossible port");
  return hello;
}

/** What is kept longer than the frame it came in. The `slice` of a `Buffer` would be a view of that. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** The highest version that both ranges hold; `undefined` when there is none. */
export function commonVersion(ours: VersionRange, theirs: VersionRange): number | undefined {
  const highest = Math.min(ours.max, theirs.max);
  return highest >= Math.max(ours.min, theirs.min) ? highest : undefined;
}

function malformed(what: string): TransportError {
  return new TransportError("malformed", `The hello ${what}; the peer is faulty, hostile or no node at all.`);
}
