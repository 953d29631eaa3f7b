import { ByteWriter } from "../bytes/byte-writer.ts";
import type { Connection } from "../transport.ts";
import type { AgreedChannel } from "./channel-agreement.ts";
import { CreditWindow } from "./credit-window.ts";
import { frameKind, freeFrameBytesMax, varintLength } from "./frame.ts";
import { packFrame } from "./frame-compression.ts";
import { type FramePool, pooledFrameBytes } from "./frame-pool.ts";

/** Bytes that a connection may hold for the operating system before the lane is fed no further. */
const connectionBufferedBytesMax = 128 * 1024;
/**
 * Bytes that leave together at most: four chunks, what the usual receiver gives back at once. Handing each to the operating system
 * by itself takes a third of the sender's time.
 */
const corkedBytesMax = 256 * 1024;
/** Bytes of the first buffer in which a batch is collected; larger ones come from the pool. */
const batchBytesMin = 4096;
/**
 * So many bytes of a turn leave at once where nothing else is on its way, the rest together at its end: the peer is at work on
 * the first messages while the others are written. 128 asks in flight are answered a third faster for it.
 */
const headStartBytes = 1024;
/** Sent frames are cut off the queue's front in steps of this many. */
const compactionLength = 256;

/** A whole frame that waits. */
interface QueuedFrame {
  readonly bytes: Uint8Array;
  /** Messages that end with this frame. */
  readonly messages: number;
}

/** What all lanes of an endpoint share. */
export interface LaneEnvironment {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly pool: FramePool;
}

const noBatch: Buffer = Buffer.alloc(0);

/** The sending half of one connection of a channel: a queue of frames, in the order of `push`. */
export class OutboundLane {
  messages = 0;
  bytes = 0;
  /** Bytes of frames that were handed to the connection. */
  sentBytes = 0;
  /** When a frame left, or its credit came back, for the last time. Monotonic milliseconds. */
  progressAt: number = Number.NEGATIVE_INFINITY;
  readonly window: CreditWindow;
  readonly #options: AgreedChannel;
  readonly #now: () => number;
  readonly #pool: FramePool;
  #connection: Connection | undefined;
  /** What was sent waits for {@link flush}. */
  #isCorked = false;
  #queue: QueuedFrame[] = [];
  #head = 0;
  #queuedBytes = 0;
  /** Small messages since the last frame; its first byte is the frame kind. Allocated by the first: most lanes stay unused. */
  #batch: Buffer = noBatch;
  #batchLength = 0;
  #batchMessages = 0;
  /** At so many bytes the first messages of this turn leave. */
  #headStartAt = headStartBytes;
  /** What waits on a monotonic channel, by what it replaces. */
  readonly #newest = new Map<string, Uint8Array>();
  #newestBytes = 0;

  constructor(options: AgreedChannel, { now, pool }: LaneEnvironment) {
    this.#options = options;
    this.#now = now;
    this.#pool = pool;
    this.window = new CreditWindow(options.peerCreditChunks);
  }

  /** Bytes that were accepted and not handed to the connection yet. */
  get queuedBytes(): number {
    return this.#queuedBytes + this.#batchLength + this.#newestBytes;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Gives the lane its connection. */
  open(connection: Connection): void {
    this.#connection = connection;
    this.progressAt = this.#now();
  }

  /** The peer has handled `count` large frames. @returns `false` when it never had that many. */
  grant(count: number): boolean {
    this.progressAt = this.#now();
    return this.window.grant(count, this.progressAt);
  }

  /**
   * Appends a message; its bytes are copied.
   *
   * @returns whether a whole frame is waiting, so that sending need not wait for the end of the turn.
   */
  push(message: Uint8Array | ByteWriter): boolean {
    const { length } = message;
    // An idle lane makes no progress; its time begins with the first message.
    if (this.queuedBytes === 0) this.progressAt = this.#now();
    this.messages += 1;
    this.bytes += length;
    if (length <= this.#options.chunkBytes) return this.#pushSmall(asBytes(message), length);
    this.#pushChunks(message);
    return true;
  }

  /** Puts a message in the place of the one under `key` that still waits. @returns whether there was one. */
  replace(key: string, message: Uint8Array | ByteWriter): boolean {
    if (this.queuedBytes === 0) this.progressAt = this.#now();
    const replaced = this.#newest.get(key);
    this.#newestBytes += message.length - (replaced?.length ?? 0);
    this.#newest.set(key, Buffer.copyBytesFrom(asBytes(message)));
    return replaced !== undefined;
  }

  /** Drops the oldest frame that waits, or the oldest large message. @returns how many messages that were; 0 when nothing waits that could go. */
  dropOldest(): number {
    let at = this.#head;
    // The rest of a message whose first part is gone has to follow.
    while (this.#queue[at]?.bytes[0] === frameKind.chunk) at++;
    const first = this.#queue[at];
    if (first === undefined) return this.#dropBatch();
    let end = at + 1;
    if (first.bytes[0] === frameKind.firstChunk) while (this.#queue[end]?.bytes[0] === frameKind.chunk) end++;
    let messages = 0;
    for (const dropped of this.#queue.splice(at, end - at)) {
      this.#queuedBytes -= dropped.bytes.length;
      messages += dropped.messages;
    }
    return messages;
  }

  /** What is pushed from here on belongs to the next turn. */
  turnEnded(): void {
    this.#headStartAt = headStartBytes;
  }

  /** Sends the next frame if there is one and it may go now; it leaves with {@link flush} at the latest. @returns whether a frame was sent. */
  sendNext(): boolean {
    const connection = this.#connection;
    if (connection === undefined) return false;
    if (this.#newestBytes > 0 && this.queuedBytes === this.#newestBytes) this.#pushNewest();
    const queued = this.#queue[this.#head];
    const length = queued === undefined ? this.#batchLength : queued.bytes.length;
    if (length === 0 || (length > freeFrameBytesMax && !this.window.isOpen)) return false;
    if (this.#isCorked && connection.bufferedBytes >= corkedBytesMax) this.flush();
    if (!this.#isCorked && connection.bufferedBytes >= connectionBufferedBytesMax) return false;
    this.progressAt = this.#now();
    if (length > freeFrameBytesMax) this.window.spend(this.progressAt);
    const frame = queued === undefined ? this.#takeBatch() : this.#dequeue(queued);
    const { packs } = this.#options;
    const sent = packs === undefined ? frame : packFrame(frame, packs);
    this.sentBytes += sent.length;
    if (!this.#isCorked) {
      this.#isCorked = true;
      connection.cork?.();
    }
    connection.send(sent, this.#pool.give);
    return true;
  }

  /** Lets go what {@link sendNext} has sent. */
  flush(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#connection?.uncork?.();
  }

  #pushSmall(message: Uint8Array, length: number): boolean {
    // A varint up to 255 KiB takes at most three bytes.
    const isFull = this.#batchLength > 0 && this.#batchLength + length + 3 > this.#options.chunkBytes;
    if (isFull) this.#sealBatch();
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
    this.#batchMessages += 1;
    return this.#batchLength < this.#headStartAt ? isFull : this.#sealHeadStart() || isFull;
  }

  /** @returns whether what was collected in this turn so far is a frame now. */
  #sealHeadStart(): boolean {
    this.#headStartAt = Number.POSITIVE_INFINITY;
    if (this.#connection?.bufferedBytes !== 0) return false;
    this.#sealBatch();
    return true;
  }

  #pushChunks(message: Uint8Array | ByteWriter): void {
    this.#sealBatch();
    const { chunkBytes } = this.#options;
    for (let offset = 0; offset < message.length; offset += chunkBytes) {
      const end = Math.min(offset + chunkBytes, message.length);
      const headerLength = offset === 0 ? 1 + varintLength(message.length) : 1;
      // Cut here and not when sent: the caller may change its bytes afterwards, and this way they are copied once.
      const frame = this.#allocate(headerLength + end - offset);
      frame[0] = offset === 0 ? frameKind.firstChunk : frameKind.chunk;
      if (offset === 0) writeVarint(frame, 1, message.length);
      if (message instanceof ByteWriter) message.copyTo(frame, headerLength, { from: offset, to: end });
      else frame.set(message.subarray(offset, end), headerLength);
      this.#enqueue(frame, end === message.length ? 1 : 0);
    }
  }

  #pushNewest(): void {
    const waiting = [...this.#newest.values()];
    this.#newest.clear();
    this.#newestBytes = 0;
    for (const message of waiting) this.push(message);
  }

  #sealBatch(): void {
    if (this.#batchLength === 0) return;
    const messages = this.#batchMessages;
    this.#enqueue(this.#takeBatch(), messages);
  }

  #takeBatch(): Uint8Array {
    const length = this.#batchLength;
    const batch = this.#batch;
    this.#batchLength = this.#batchMessages = 0;
    // A well filled buffer goes out itself; a nearly empty one is copied, which is cheaper than a new large one.
    if (length * 2 < batch.length) return Buffer.copyBytesFrom(batch, 0, length);
    this.#batch = this.#allocate(batch.length);
    return batch.subarray(0, length);
  }

  #dropBatch(): number {
    const messages = this.#batchMessages;
    this.#batchLength = this.#batchMessages = 0;
    return messages;
  }

  #growBatch(needed: number): void {
    const grown = this.#allocate(Math.max(needed, batchBytesMin, Math.min(pooledFrameBytes, this.#batch.length * 4)));
    this.#batch.copy(grown, 0, 0, this.#batchLength);
    this.#batch = grown;
  }

  #allocate(length: number): Buffer {
    if (length <= pooledFrameBytes / 2 || length > pooledFrameBytes) return Buffer.allocUnsafeSlow(length);
    return this.#pool.take().subarray(0, length);
  }

  #enqueue(bytes: Uint8Array, messages: number): void {
    this.#queue.push({ bytes, messages });
    this.#queuedBytes += bytes.length;
  }

  #dequeue({ bytes }: QueuedFrame): Uint8Array {
    this.#queuedBytes -= bytes.length;
    // The slot is cleared at once: the connection owns the bytes, and they should go when it is done with them.
    this.#queue[this.#head] = sentFrame;
    this.#head += 1;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head >= compactionLength) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return bytes;
  }
}

const sentFrame: QueuedFrame = { bytes: new Uint8Array(0), messages: 0 };

/** The bytes of a message in one piece. */
export function asBytes(message: Uint8Array | ByteWriter): Uint8Array {
  return message instanceof ByteWriter ? message.bytes() : message;
}

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
