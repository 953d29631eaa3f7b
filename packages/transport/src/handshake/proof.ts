import { createHmac, timingSafeEqual } from "node:crypto";
import { ByteReader } from "../bytes/byte-reader.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { TransportError } from "../errors.ts";
import type { HandshakeRole } from "./hello.ts";

/** Frame kind of a proof: one byte before the 32 bytes of the HMAC. */
const proofKind = 0x02;
const proofBytes = 33;
/** Frame kind of a statement that the other side's life is over: one byte before the incarnation and the HMAC. */
const outlivedKind = 0x03;
const hmacBytes = 32;

/** What makes one handshake different from every other. */
export interface Transcript {
  /** The hellos as they were on the wire. */
  readonly initiatorHello: Uint8Array;
  readonly responderHello: Uint8Array;
  /** What only the two ends of one TLS session know (RFC 9266); empty without TLS. */
  readonly tlsBinding: Uint8Array;
}

/** What both sides sign: each part of the transcript with its length before it. */
export function transcript({ initiatorHello, responderHello, tlsBinding }: Transcript): Uint8Array {
  const writer = new ByteWriter(initiatorHello.length + responderHello.length + tlsBinding.length + 16);
  for (const part of [initiatorHello, responderHello, tlsBinding]) {
    writer.varint(part.length);
    writer.raw(part);
  }
  return writer.bytes();
}

/**
 * The frame with which `role` shows that it knows `secret`.
 *
 * The label keeps a proof of one side from passing as the other's; the nonces in the transcript keep it from being replayed,
 * the TLS binding from being relayed.
 */
export function createProof(secret: Uint8Array, role: HandshakeRole, signed: Uint8Array): Uint8Array {
  const hmac = createHmac("sha256", secret).update(`foundation.v1 ${role}\0`).update(signed).digest();
  const frame = new Uint8Array(proofBytes);
  frame[0] = proofKind;
  frame.set(hmac, 1);
  return frame;
}

/** The one of `secrets` with which `frame` is the proof of `role`; undefined when it is none of them. */
export function provenSecret(
  frame: Uint8Array,
  secrets: readonly Uint8Array[],
  { role, signed }: SignedBy,
): Uint8Array | undefined {
  if (frame.length !== proofBytes) return undefined;
  let proven: Uint8Array | undefined;
  // All of them, each in constant time: how long it takes says nothing about which one fits.
  for (const secret of secrets) if (timingSafeEqual(frame, createProof(secret, role, signed))) proven ??= secret;
  return proven;
}

/** Who signed what. */
export interface SignedBy {
  readonly role: HandshakeRole;
  /** See {@link transcript}. */
  readonly signed: Uint8Array;
}

/**
 * The frame with which `role` tells the other side, instead of proving itself for a link, that lives of its node up to
 * `newest` are over. Signed, so that only a member can make a node go on under a higher incarnation.
 */
export function createOutlived(secret: Uint8Array, role: HandshakeRole, told: OutlivedStatement): Uint8Array {
  const writer = new ByteWriter(64);
  writer.u8(outlivedKind);
  writer.varint(told.newest);
  writer.raw(outlivedHmac(secret, role, told));
  return writer.bytes();
}

/** What {@link createOutlived} signs. */
export interface OutlivedStatement {
  readonly newest: number;
  /** See {@link transcript}. */
  readonly signed: Uint8Array;
}

/** The incarnation in `frame` when it is the statement of `role`, else undefined. */
export function readOutlived(
  frame: Uint8Array,
  secrets: readonly Uint8Array[],
  { role, signed }: SignedBy,
): number | undefined {
  // A varint of up to 8 bytes.
  if (frame[0] !== outlivedKind || frame.length < 2 + hmacBytes || frame.length > 9 + hmacBytes) return undefined;
  const hmacAt = frame.length - hmacBytes;
  try {
    const reader = new ByteReader(frame.subarray(1, hmacAt));
    const newest = reader.varint();
    if (reader.remaining > 0) return undefined;
    const isSigned = secrets.some((secret) =>
      timingSafeEqual(frame.subarray(hmacAt), outlivedHmac(secret, role, { newest, signed })),
    );
    return isSigned ? newest : undefined;
  } catch (error) {
    if (error instanceof TransportError) return undefined;
    throw error;
  }
}

function outlivedHmac(secret: Uint8Array, role: HandshakeRole, { newest, signed }: OutlivedStatement): Uint8Array {
  const label = `foundation.v1 ${role} outlived ${newest}\0`;
  return createHmac("sha256", secret).update(label).update(signed).digest();
}
