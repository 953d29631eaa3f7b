import { createHmac, timingSafeEqual } from "node:crypto";
import { ByteWriter } from "../bytes/byte-writer.ts";
import type { HandshakeRole } from "./hello.ts";

/** Frame kind of a proof: one byte before the 32 bytes of the HMAC. */
const proofKind = 0x02;
const proofBytes = 33;

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
