import { ByteReader } from "../bytes/byte-reader.ts";
import { TransportError } from "../errors.ts";
import { chunkBytesMin, frameKind } from "./frame.ts";
import { unpackFrame } from "./frame-compression.ts";

/** Memory taken for a large message before its bytes are there, at most. Bytes. */
const aheadBytesMax = 2 * 1024 * 1024;

/** The receiving half of one connection of a channel: splits batches and puts large messages together again. */
export class InboundLane {
  messages = 0;
  bytes = 0;
  readonly #messageBytesMax: number;
  readonly #deliver: (message: ByteReader) => boolean;
  readonly #reader = new ByteReader(nothing);
  #large: Buffer = nothing;
  /** The length of the large message that has begun; 0 when none has. */
  #largeTotal = 0;
  #largeLength = 0;

  /** @param deliver takes one message; `false` when no more are wanted. The reader is good for the call only. */
  constructor(messageBytesMax: number, deliver: (message: ByteReader) => boolean) {
    this.#messageBytesMax = messageBytesMax;
    this.#deliver = deliver;
  }

  /**
   * Takes a frame of kind batch, firstChunk, chunk or packed.
   *
   * @returns its length, unpacked.
   * @throws {TransportError} `malformed`.
   */
  receive(received: Uint8Array): number {
    const frame = received[0] === frameKind.packed ? unpackFrame(received) : received;
    switch (frame[0]) {
      case frameKind.batch:
        this.#batch(frame);
        break;
      case frameKind.firstChunk:
        this.#firstChunk(frame);
        break;
      case frameKind.chunk:
        this.#append(frame, 1);
        break;
      default:
        throw malformed("a frame of this kind is not packed");
    }
    return frame.length;
  }

  #batch(frame: Uint8Array): void {
    if (this.#largeTotal > 0) throw malformed("a batch stands in the middle of a large message");
    const end = frame.length;
    let at = 1;
    while (at < end) {
      let length = frame[at++] as number;
      if (length >= 0x80) {
        length &= 0x7f;
        let byte = 0x80;
        for (let scale = 0x80; byte >= 0x80; scale *= 0x80) {
          byte = frame[at++] ?? 0;
          length += (byte & 0x7f) * scale;
          if (length > end) throw malformed("a message is longer than its frame");
        }
      }
      const next = at + length;
      if (next > end) throw malformed("a message is longer than its frame");
      this.messages += 1;
      this.bytes += length;
      this.#reader.reset(frame, at, next);
      if (!this.#deliver(this.#reader)) return;
      at = next;
    }
  }

  #firstChunk(frame: Uint8Array): void {
    if (this.#largeTotal > 0) throw malformed("a large message begins in the middle of another");
    const reader = new ByteReader(frame);
    reader.u8();
    const total = reader.varint();
    if (total === 0 || total > this.#messageBytesMax) {
      throw malformed(`a message of ${total} bytes is announced where at most ${this.#messageBytesMax} are taken`);
    }
    this.#largeTotal = total;
    this.#large = Buffer.allocUnsafeSlow(Math.min(total, aheadBytesMax));
    this.#append(frame, reader.position);
  }

  #append(frame: Uint8Array, offset: number): void {
    const total = this.#largeTotal;
    if (total === 0) throw malformed("a chunk belongs to no message");
    const count = frame.length - offset;
    const length = this.#largeLength + count;
    if (length > total) throw malformed("a large message is longer than announced");
    if (length < total && count < chunkBytesMin) throw malformed(`a chunk of ${count} bytes is not the last one`);
    if (length > this.#large.length) this.#grow(length);
    this.#large.set(offset === 0 ? frame : frame.subarray(offset), this.#largeLength);
    this.#largeLength = length;
    if (length === total) this.#deliverLarge();
  }

  /** Memory follows what has arrived, not what was announced. */
  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#largeTotal, Math.max(needed, this.#large.length * 2)));
    this.#large.copy(grown, 0, 0, this.#largeLength);
    this.#large = grown;
  }

  #deliverLarge(): void {
    const message = this.#large;
    this.#large = nothing;
    this.#largeTotal = this.#largeLength = 0;
    this.messages += 1;
    this.bytes += message.length;
    this.#reader.reset(message, 0, message.length, true);
    this.#deliver(this.#reader);
    // What was received must not stay because the reader does.
    this.#reader.reset(nothing, 0, 0);
  }
}

const nothing: Buffer = Buffer.alloc(0);

function malformed(what: string): TransportError {
  return new TransportError("malformed", `The peer broke the protocol: ${what}.`);
}
