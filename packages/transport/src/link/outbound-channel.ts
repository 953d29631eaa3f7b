import { TransportError } from "../errors.ts";
import type { Connection } from "../transport.ts";
import type { ChannelOptions } from "./channel-options.ts";
import { frameKind, freeFrameBytesMax, varintLength } from "./frame.ts";

/** Bytes that a connection may hold for the operating system before the channel is fed no further. */
const connectionBufferedBytesMax = 128 * 1024;
/** Bytes of the first buffer in which a batch is collected. */
const batchBytesMin = 4096;
/** Sent frames are cut off the queue's front in steps of this many. */
const compactionLength = 256;

/** The sending half of a channel: a bounded queue of frames, in the order of `push`. */
export class OutboundChannel {
  readonly options: ChannelOptions;
  messages = 0;
  bytes = 0;
  /** Bytes of frames that were handed to the connection. */
  sentBytes = 0;
  #connection: Connection | undefined;
  #credits: number;
  #queue: Uint8Array[] = [];
  #head = 0;
  #queuedBytes = 0;
  /** Small messages since the last frame; its first byte is the frame kind. */
  #batch: Buffer = Buffer.allocUnsafeSlow(batchBytesMin);
  #batchLength = 0;

  constructor(options: ChannelOptions) {
    this.options = options;
    this.#credits = options.creditChunks;
  }

  /** Bytes that were accepted and not handed to the connection yet. */
  get queuedBytes(): number {
    return this.#queuedBytes + this.#batchLength;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Gives the channel its connection. */
  open(connection: Connection): void {
    this.#connection = connection;
  }

  /** The peer took `count` large frames. @returns `false` when it never had that many. */
  grant(count: number): boolean {
    this.#credits += count;
    return this.#credits <= this.options.creditChunks;
  }

  /**
   * Appends a message; its bytes are copied.
   *
   * @returns whether a whole frame is waiting, so that sending need not wait for the end of the turn.
   * @throws {TransportError} `messageTooLarge` or `overloaded`; nothing was appended then.
   */
  push(message: Uint8Array): boolean {
    const length = message.length;
    const { name, chunkBytes, messageBytesMax, queueBytesMax } = this.options;
    if (length > messageBytesMax) {
      throw new TransportError(
        "messageTooLarge",
        `A message of ${length} bytes is above the ${messageBytesMax} bytes of channel "${name}"; split it, or raise messageBytesMax.`,
      );
    }
    if (this.#queuedBytes + this.#batchLength + length > queueBytesMax && this.queuedBytes > 0) {
      throw new TransportError(
        "overloaded",
        `Channel "${name}" has ${this.queuedBytes} of ${queueBytesMax} bytes waiting and cannot take ${length} more; send less, or later.`,
      );
    }
    this.messages += 1;
    this.bytes += length;
    if (length <= chunkBytes) return this.#pushSmall(message, length);
    this.#pushChunks(message);
    return true;
  }

  /** Sends the next frame if there is one and it may go now. @returns whether a frame was sent. */
  sendNext(): boolean {
    const connection = this.#connection;
    if (!connection) return false;
    const queued = this.#queue[this.#head];
    const length = queued ? queued.length : this.#batchLength;
    if (length === 0 || (length > freeFrameBytesMax && this.#credits === 0)) return false;
    if (connection.bufferedBytes >= connectionBufferedBytesMax) return false;
    if (length > freeFrameBytesMax) this.#credits -= 1;
    this.sentBytes += length;
    if (queued) {
      this.#dequeue();
      connection.send(queued);
    } else {
      connection.send(this.#takeBatch());
    }
    return true;
  }

  #pushSmall(message: Uint8Array, length: number): boolean {
    // A varint up to 255 KiB takes at most three bytes.
    const full = this.#batchLength > 0 && this.#batchLength + length + 3 > this.options.chunkBytes;
    if (full) this.#sealBatch();
    let at = this.#batchLength === 0 ? 1 : this.#batchLength;
    if (at + length + 3 > this.#batch.length) this.#growBatch(at + length + 3);
    const batch = this.#batch;
    batch[0] = frameKind.batch;
    if (length < 0x80) {
      batch[at++] = length;
    } else {
      at = writeVarint(batch, at, length);
    }
    if (length < 32) for (let i = 0; i < length; i++) batch[at + i] = message[i] as number;
    else batch.set(message, at);
    this.#batchLength = at + length;
    return full;
  }

  #pushChunks(message: Uint8Array): void {
    this.#sealBatch();
    const { chunkBytes } = this.options;
    for (let offset = 0; offset < message.length; offset += chunkBytes) {
      const end = Math.min(offset + chunkBytes, message.length);
      const headerLength = offset === 0 ? 1 + varintLength(message.length) : 1;
      // Cut here and not when sent: the caller may change its bytes afterwards, and this way they are copied once.
      const frame = Buffer.allocUnsafeSlow(headerLength + end - offset);
      frame[0] = offset === 0 ? frameKind.firstChunk : frameKind.chunk;
      if (offset === 0) writeVarint(frame, 1, message.length);
      frame.set(message.subarray(offset, end), headerLength);
      this.#enqueue(frame);
    }
  }

  #sealBatch(): void {
    if (this.#batchLength > 0) this.#enqueue(this.#takeBatch());
  }

  #takeBatch(): Uint8Array {
    const length = this.#batchLength;
    const batch = this.#batch;
    this.#batchLength = 0;
    // A well filled buffer goes out itself; a nearly empty one is copied, which is cheaper than allocating a large one.
    if (length * 2 < batch.length) return Buffer.copyBytesFrom(batch, 0, length);
    this.#batch = Buffer.allocUnsafeSlow(batch.length);
    return batch.subarray(0, length);
  }

  #growBatch(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#batch.length * 4));
    this.#batch.copy(grown, 0, 0, this.#batchLength);
    this.#batch = grown;
  }

  #enqueue(frame: Uint8Array): void {
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
  }

  #dequeue(): void {
    const frame = this.#queue[this.#head] as Uint8Array;
    this.#queuedBytes -= frame.length;
    // The slot is cleared at once: the connection owns the bytes, and they should go when it is done with them.
    this.#queue[this.#head] = emptyFrame;
    this.#head += 1;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head >= compactionLength) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}

const emptyFrame: Uint8Array = new Uint8Array(0);

function writeVarint(target: Uint8Array, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  while (rest >= 0x80) {
    target[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  target[at++] = rest;
  return at;
}
