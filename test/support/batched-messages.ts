import type { Stranger } from "../../tools/fuzz/stranger.ts";

/** The messages that a node has sent to a stranger after the handshake, in order. */
export function batchedMessages(stranger: Stranger): Uint8Array[] {
  return stranger.frames.slice(2).flatMap((frame) => (frame[0] === 0x10 ? messagesOf(frame) : []));
}

function messagesOf(frame: Uint8Array): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (let at = 1; at < frame.length; ) {
    let [length, scale] = [0, 1];
    for (let byte = 0x80; byte >= 0x80; scale *= 0x80) {
      byte = frame[at++] ?? 0;
      length += (byte & 0x7f) * scale;
    }
    all.push(frame.subarray(at, at + length));
    at += length;
  }
  return all;
}
