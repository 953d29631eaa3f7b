// A tell in one process, bare: a ring buffer, and a turn of its own that takes messages out and calls the method.
import { type Workbench, workbench } from "../cost.ts";

class Sink {
  #received = 0;

  take(_payload: unknown): void {
    this.#received++;
  }

  received(): number {
    return this.#received;
  }
}

/** Its length is a power of two; the sender waits for what it has sent before that is full. */
class Mailbox {
  readonly #slots: unknown[] = new Array(2048).fill(undefined);
  readonly #sink: Sink;
  #head = 0;
  #tail = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  tell(payload: unknown): void {
    if (this.#head === this.#tail) queueMicrotask(this.#handle);
    this.#slots[this.#tail++ & 2047] = payload;
  }

  readonly #handle = (): void => {
    while (this.#head !== this.#tail) {
      const index = this.#head++ & 2047;
      const payload = this.#slots[index];
      this.#slots[index] = undefined;
      this.#sink.take(payload);
    }
  };
}

const batches = 10_000;
const batch = 1000;

export const { round }: Workbench = workbench({
  tell: () => {
    const sink = new Sink();
    const mailbox = new Mailbox(sink);
    const run = async (): Promise<void> => {
      const before = sink.received();
      for (let sent = 0; sent < batches; sent++) {
        for (let each = 0; each < batch; each++) mailbox.tell(1);
        // Queued behind the mailbox's turn.
        await undefined;
      }
      const received = sink.received() - before;
      if (received !== batches * batch) throw new Error(`${received} messages were handled.`);
    };
    return { units: batches * batch, run };
  },
});
