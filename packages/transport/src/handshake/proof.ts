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

/** What both sides sign: the two hellos as they were on the wire, each with its length before it. */
export function transcript(initiatorHello: Uint8Array, responderHello: Uint8Array): Uint8Array {
  const writer = new ByteWriter(initiatorHello.length + responderHello.length + 8);
  writer.varint(initiatorHello.length);
  writer.raw(initiatorHello);
  writer.varint(responderHello.length);
  writer.raw(responderHello);
  return writer.bytes();
}

/**
 * The frame with which `role` shows that it knows `secret`.
 *
 * The label keeps a proof of one side from passing as the other's; the nonces in the transcript keep it from being replayed.
 */
export function createProof(secret: Uint8Array, role: HandshakeRole, signed: Uint8Array): Uint8Array {
  const hmac = createHmac("sha256", secret).update(`foundation.v1 ${role}\0`).update(signed).digest();
  const frame = new Uint8Array(proofBytes);
  frame[0] = proofKind;
  frame.set(hmac, 1);
  return frame;
}

/** Whether `frame` is the proof of `role`, compared in constant time. */
export function isProof(frame: Uint8Array, secret: Uint8Array, role: HandshakeRole, signed: Uint8Array): boolean {
  return frame.length === proofBytes && timingSafeEqual(frame, createProof(secret, role, signed));
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
  secret: Uint8Array,
  { role, signed }: { readonly role: HandshakeRole; readonly signed: Uint8Array },
): number | undefined {
  // A varint of up to 8 bytes.
  if (frame[0] !== outlivedKind || frame.length < 2 + hmacBytes || frame.length > 9 + hmacBytes) return undefined;
  const hmacAt = frame.length - hmacBytes;
  try {
    const reader = new ByteReader(frame.subarray(1, hmacAt));
    const newest = reader.varint();
    const isSigned = timingSafeEqual(frame.subarray(hmacAt), outlivedHmac(secret, role, { newest, signed }));
    return isSigned && reader.remaining === 0 ? newest : undefined;
  } catch (error) {
    if (error instanceof TransportError) return undefined;
    throw error;
  }
}

function outlivedHmac(secret: Uint8Array, role: HandshakeRole, { newest, signed }: OutlivedStatement): Uint8Array {
  const label = `foundation.v1 ${role} outlived ${newest}\0`;
  return createHmac("sha256", secret).update(label).update(signed).digest();
}
