/** Collects messages for one frame: a number and a length before each. */
export class MessageBatch {
  readonly #flush: (frame: Buffer) => void;
  #frame: Buffer = Buffer.allocUnsafe(frameBytes);
  #length = 0;

  /** @param flush sends a frame. */
  constructor(flush: (frame: Buffer) => void) {
    this.#flush = flush;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(id: number, payload: Uint8Array): void {
    if (this.#length + headerBytes + payload.length > frameBytes) this.flush();
    this.#frame.writeUInt32LE(id, this.#length);
    this.#frame.writeUInt32LE(payload.length, this.#length + 4);
    this.#frame.set(payload, this.#length + headerBytes);
    this.#length += headerBytes + payload.length;
  }

  flush(): void {
    if (this.#length === 0) return;
    const frame = this.#frame.subarray(0, this.#length);
    this.#frame = Buffer.allocUnsafe(frameBytes);
    this.#length = 0;
    this.#flush(frame);
  }
}

const headerBytes = 8;
const frameBytes = 64 * 1024;

/** Calls `each` for every message of a frame; the payload is a view into it. */
export function readBatch(frame: Buffer, each: (id: number, payload: Buffer) => void): void {
  for (let offset = 0; offset < frame.length; ) {
    const start = offset + headerBytes;
    const end = start + frame.readUInt32LE(offset + 4);
    each(frame.readUInt32LE(offset), frame.subarray(start, end));
    offset = end;
  }
}
