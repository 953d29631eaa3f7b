const initialCapacity = 8;
/** Slots that an empty queue keeps. */
const keptCapacityMax = 4_096;

/**
 * A first-in first-out queue: a ring buffer that doubles when full and allocates on first use. One slot, that before the
 * head, is never in use.
 */
export class Ring<T> {
  #slots: (T | undefined)[] | undefined;
  #head = 0;
  #length = 0;
  #shifted = 0;

  get length(): number {
    return this.#length;
  }

  /** How many items were taken out so far. */
  get shifted(): number {
    return this.#shifted;
  }

  push(item: T): void {
    let slots = this.#slots;
    if (slots === undefined) slots = this.#slots = new Array<T | undefined>(initialCapacity).fill(undefined);
    else if (this.#length >= slots.length - 1) slots = this.#grow(slots);
    slots[(this.#head + this.#length) & (slots.length - 1)] = item;
    this.#length++;
  }

  /** Puts an item before all others. */
  unshift(item: T): void {
    let slots = this.#slots;
    if (slots === undefined) slots = this.#slots = new Array<T | undefined>(initialCapacity).fill(undefined);
    else if (this.#length >= slots.length - 1) slots = this.#grow(slots);
    this.#head = (this.#head - 1) & (slots.length - 1);
    slots[this.#head] = item;
    this.#length++;
    this.#shifted--;
  }

  /** The oldest item, which stays. */
  peek(): T | undefined {
    return this.#slots?.[this.#head];
  }

  /** Removes and returns the oldest item. */
  shift(): T | undefined {
    const slots = this.#slots;
    if (slots === undefined || this.#length === 0) return undefined;
    const item = slots[this.#head];
    slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (slots.length - 1);
    this.#length--;
    this.#shifted++;
    return item;
  }

  /** Removes and returns the oldest item, which can be seen as {@link taken} until the next one is taken. */
  take(): T | undefined {
    const slots = this.#slots;
    if (slots === undefined || this.#length === 0) return undefined;
    const mask = slots.length - 1;
    slots[(this.#head - 1) & mask] = undefined;
    const item = slots[this.#head];
    this.#head = (this.#head + 1) & mask;
    this.#length--;
    this.#shifted++;
    return item;
  }

  /** The item that was taken last, until {@link release}. Costs no write: its slot is only cleared later. */
  get taken(): T | undefined {
    const slots = this.#slots;
    return slots?.[(this.#head - 1) & (slots.length - 1)];
  }

  /** Forgets the item that was taken last; an empty queue also gives back what a flood has made it grow to. */
  release(): void {
    const slots = this.#slots;
    if (slots === undefined) return;
    if (this.#length === 0 && slots.length > keptCapacityMax) {
      this.#slots = undefined;
      this.#head = 0;
    } else slots[(this.#head - 1) & (slots.length - 1)] = undefined;
  }

  #grow(slots: (T | undefined)[]): (T | undefined)[] {
    const grown = new Array<T | undefined>(slots.length * 2).fill(undefined);
    for (let i = 0; i < this.#length; i++) grown[i] = slots[(this.#head + i) & (slots.length - 1)];
    grown[grown.length - 1] = slots[(this.#head - 1) & (slots.length - 1)];
    this.#head = 0;
    return (this.#slots = grown);
  }
}
