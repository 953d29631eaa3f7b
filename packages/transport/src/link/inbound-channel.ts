import { ByteReader } from "../bytes/byte-reader.ts";
import { TransportError } from "../errors.ts";
import type { ChannelOptions } from "./channel-options.ts";
import { chunkBytesMin, frameKind } from "./frame.ts";

/** The receiving half of a channel: splits batches and puts large messages together again. */
export class InboundChannel {
  messages = 0;
  bytes = 0;
  readonly #options: ChannelOptions;
  readonly #deliver: (message: Uint8Array) => boolean;
  #chunks: Uint8Array[] = [];
  #chunksTotal = 0;
  #chunksLength = 0;

  /** @param deliver takes one message; `false` when no more are wanted. */
  constructor(options: ChannelOptions, deliver: (message: Uint8Array) => boolean) {
    this.#options = options;
    this.#deliver = deliver;
  }

  /** Takes a frame of kind batch, firstChunk or chunk. @throws {TransportError} `malformed`. */
  receive(frame: Uint8Array): void {
    switch (frame[0]) {
      case frameKind.batch:
        this.#batch(frame);
        break;
      case frameKind.firstChunk: {
        const reader = new ByteReader(frame);
        reader.u8();
        this.#begin(reader.varint());
        this.#append(reader.rest());
        break;
      }
      case frameKind.chunk:
        this.#append(frame.subarray(1));
        break;
    }
  }

  #batch(frame: Uint8Array): void {
    if (this.#chunksTotal > 0) throw malformed("a batch stands in the middle of a large message");
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
      if (!this.#deliver(frame.subarray(at, next))) return;
      at = next;
    }
  }

  #begin(total: number): void {
    if (this.#chunksTotal > 0) throw malformed("a large message begins in the middle of another");
    if (total === 0 || total > this.#options.messageBytesMax) {
      throw malformed(
        `a message of ${total} bytes is announced where at most ${this.#options.messageBytesMax} are taken`,
      );
    }
    this.#chunksTotal = total;
  }

  #append(chunk: Uint8Array): void {
    if (this.#chunksTotal === 0) throw malformed("a chunk belongs to no message");
    this.#chunksLength += chunk.length;
    if (this.#chunksLength > this.#chunksTotal) throw malformed("a large message is longer than announced");
    // Memory is taken for what has arrived, never for what was announced.
    this.#chunks.push(chunk);
    if (this.#chunksLength < this.#chunksTotal) {
      if (chunk.length < chunkBytesMin) throw malformed(`a chunk of ${chunk.length} bytes is not the last one`);
      return;
    }
    const message = Buffer.concat(this.#chunks, this.#chunksTotal);
    this.#chunks = [];
    this.#chunksTotal = 0;
    this.#chunksLength = 0;
    this.messages += 1;
    this.bytes += message.length;
    this.#deliver(message);
  }
}

function malformed(what: string): TransportError {
  return new TransportError("malformed", `The peer broke the protocol: ${what}.`);
}
