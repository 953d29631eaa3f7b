/** The longest head of an HTTP message that is followed. Bytes. */
const headBytesMax = 65_536;
const headEnd = Buffer.from("\r\n\r\n");

/** Where in the stream the next byte stands. */
type Position = "head" | "frameHeader" | "payload" | "unknown";

/**
 * Follows one direction of a WebSocket connection and takes whole messages out of it (RFC 6455, section 5.2).
 *
 * Leaving out bytes in the middle of a TCP stream would garble all that follows, so a message is left out with all its
 * frames, headers included. Control frames (ping, pong, close) always pass. Payloads are not kept, only headers of up to 14
 * bytes, so nothing waits for the end of a frame.
 */
export class WebSocketFrames {
  readonly #dropsMessage: () => boolean;
  #position: Position = "head";
  #partial: Buffer = Buffer.alloc(0);
  #headBytes = 0;
  #payloadLeft = 0;
  #isDroppingMessage = false;
  #isDroppingFrame = false;

  /** @param dropsMessage asked once at the beginning of each message. */
  constructor(dropsMessage: () => boolean) {
    this.#dropsMessage = dropsMessage;
  }

  /** What of `bytes`, and of headers held back before, goes on. */
  pass(bytes: Buffer): Buffer[] {
    const passed: Buffer[] = [];
    let rest = bytes;
    while (rest.length > 0) rest = this.#step(rest, passed);
    return passed;
  }

  #step(bytes: Buffer, passed: Buffer[]): Buffer {
    switch (this.#position) {
      case "head":
        return this.#passHead(bytes, passed);
      case "frameHeader":
        return this.#readHeader(bytes, passed);
      case "payload": {
        const part = bytes.subarray(0, this.#payloadLeft);
        this.#payloadLeft -= part.length;
        if (!this.#isDroppingFrame) passed.push(part);
        if (this.#payloadLeft === 0) this.#position = "frameHeader";
        return bytes.subarray(part.length);
      }
      case "unknown":
        passed.push(bytes);
        return bytes.subarray(bytes.length);
    }
  }

  /** The HTTP request or answer that opens the connection. */
  #passHead(bytes: Buffer, passed: Buffer[]): Buffer {
    // The end may lie across two chunks.
    const seen = Buffer.concat([this.#partial, bytes]);
    const end = seen.indexOf(headEnd);
    if (end < 0) {
      passed.push(bytes);
      this.#headBytes += bytes.length;
      this.#partial = seen.subarray(-(headEnd.length - 1));
      if (this.#headBytes > headBytesMax) this.#position = "unknown";
      return bytes.subarray(bytes.length);
    }
    const length = end + headEnd.length - this.#partial.length;
    passed.push(bytes.subarray(0, length));
    this.#partial = Buffer.alloc(0);
    this.#position = "frameHeader";
    return bytes.subarray(length);
  }

  #readHeader(bytes: Buffer, passed: Buffer[]): Buffer {
    const seen = this.#partial.length === 0 ? bytes : Buffer.concat([this.#partial, bytes]);
    const length = headerLength(seen);
    if (length === undefined || seen.length < length) {
      this.#partial = Buffer.from(seen);
      return bytes.subarray(bytes.length);
    }
    const opcode = (seen[0] as number) & 0x0f;
    if (opcode === 1 || opcode === 2) this.#isDroppingMessage = this.#dropsMessage();
    // Continuations share the fate of their message; control frames may stand between them.
    this.#isDroppingFrame = opcode < 8 && this.#isDroppingMessage;
    if (!this.#isDroppingFrame) passed.push(seen.subarray(0, length));
    this.#payloadLeft = payloadLength(seen);
    this.#position = this.#payloadLeft > 0 ? "payload" : "frameHeader";
    this.#partial = Buffer.alloc(0);
    return seen.subarray(length);
  }
}

function headerLength(bytes: Buffer): number | undefined {
  const second = bytes[1];
  if (second === undefined) return undefined;
  const size = second & 0x7f;
  return 2 + (size === 126 ? 2 : size === 127 ? 8 : 0) + (second >= 0x80 ? 4 : 0);
}

function payloadLength(header: Buffer): number {
  const size = (header[1] as number) & 0x7f;
  if (size < 126) return size;
  return size === 126 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2));
}
