/** Bytes that may wait for a slow reader; further lines are lost. */
const waitingBytesMax = 256 * 1024;
/** First and longest pause until a reader that was slow is tried again. Milliseconds. */
const pauseMsMin = 5;
const pauseMsMax = 200;

/** What a {@link BoundedOutput} writes to. */
interface OutputPort {
  /** Writes what can be written at once. @returns how many bytes were taken. @throws `EAGAIN` when none can be taken now. */
  write(bytes: Uint8Array): number;
  /** Calls `callback` after `delayMs` milliseconds, unless the process ends before. */
  later(delayMs: number, callback: () => void): void;
  /** The line that says how many lines were lost. */
  describeLoss(lines: number): string;
}

interface Waiting {
  bytes: Uint8Array;
  /** Lines that are lost with it: itself, or those that it tells of. */
  readonly lines: number;
}

/**
 * Lines for a reader that may be slow, gone, or without room.
 *
 * Nothing here throws or waits. Lines keep their order; those that find no room are lost and counted, and the count is printed
 * when there is room again.
 */
export class BoundedOutput {
  readonly #port: OutputPort;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #lost = 0;
  #pauseMs = pauseMsMin;
  #isPaused = false;

  constructor(port: OutputPort) {
    this.#port = port;
  }

  /** Bytes that wait. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  write(line: string): void {
    if (this.#waitingBytes >= waitingBytesMax) {
      this.#lost++;
      return;
    }
    if (this.#lost > 0) this.#add(this.#port.describeLoss(this.#lost), this.#lost);
    this.#lost = 0;
    this.#add(line, 1);
    if (!this.#isPaused) this.flush();
  }

  /** Writes what can be written now. */
  flush(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      let written: number;
      try {
        written = this.#port.write(first.bytes);
      } catch (error) {
        if ((error as { code?: unknown } | undefined)?.code === "EAGAIN") return this.#tryAgain();
        // The reader is gone, or the disk is full: nothing will take this line.
        return this.#loseAll();
      }
      this.#pauseMs = pauseMsMin;
      this.#waitingBytes -= written;
      if (written < first.bytes.length) first.bytes = first.bytes.subarray(written);
      else this.#waiting.shift();
    }
  }

  #add(line: string, lines: number): void {
    const bytes = Buffer.from(line);
    this.#waiting.push({ bytes, lines });
    this.#waitingBytes += bytes.length;
  }

  #loseAll(): void {
    for (const { lines } of this.#waiting) this.#lost += lines;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #tryAgain(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#port.later(this.#pauseMs, () => {
      this.#isPaused = false;
      this.flush();
    });
    this.#pauseMs = Math.min(pauseMsMax, 2 * this.#pauseMs);
  }
}
