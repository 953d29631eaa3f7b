import type { Method } from "./protocol.ts";
import type { ReplyTo } from "./reply.ts";

/** One message on its way to a handler. */
export interface Envelope {
  readonly method: Method;
  readonly args: readonly unknown[];
  /** Where the result goes; absent for messages that want none. */
  readonly replyTo: ReplyTo | undefined;
}

const initialCapacity = 8;

/** A first-in first-out queue of envelopes: a ring buffer that doubles when full and allocates on first use. */
export class Mailbox {
  #slots: (Envelope | undefined)[] | undefined;
  #head = 0;
  #length = 0;

  /** How many envelopes wait. */
  get length(): number {
    return this.#length;
  }

  push(envelope: Envelope): void {
    let slots = this.#slots;
    if (slots === undefined) slots = this.#slots = new Array<Envelope | undefined>(initialCapacity).fill(undefined);
    else if (this.#length === slots.length) slots = this.#grow(slots);
    slots[(this.#head + this.#length) & (slots.length - 1)] = envelope;
    this.#length++;
  }

  /** Removes and returns the oldest envelope. */
  shift(): Envelope | undefined {
    const slots = this.#slots;
    if (slots === undefined || this.#length === 0) return undefined;
    const envelope = slots[this.#head];
    slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (slots.length - 1);
    this.#length--;
    return envelope;
  }

  #grow(slots: (Envelope | undefined)[]): (Envelope | undefined)[] {
    const grown = new Array<Envelope | undefined>(slots.length * 2).fill(undefined);
    for (let i = 0; i < this.#length; i++) grown[i] = slots[(this.#head + i) & (slots.length - 1)];
    this.#head = 0;
    return (this.#slots = grown);
  }
}
