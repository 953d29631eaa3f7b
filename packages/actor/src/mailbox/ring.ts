const initialCapacity = 8;

/** A first-in first-out queue: a ring buffer that doubles when full and allocates on first use. */
export class Ring<T> {
  #slots: (T | undefined)[] | undefined;
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    let slots = this.#slots;
    if (slots === undefined) slots = this.#slots = new Array<T | undefined>(initialCapacity).fill(undefined);
    else if (this.#length === slots.length) slots = this.#grow(slots);
    slots[(this.#head + this.#length) & (slots.length - 1)] = item;
    this.#length++;
  }

  /** Puts an item before all others. */
  unshift(item: T): void {
    let slots = this.#slots;
    if (slots === undefined) slots = this.#slots = new Array<T | undefined>(initialCapacity).fill(undefined);
    else if (this.#length === slots.length) slots = this.#grow(slots);
    this.#head = (this.#head - 1) & (slots.length - 1);
    slots[this.#head] = item;
    this.#length++;
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
    return item;
  }

  #grow(slots: (T | undefined)[]): (T | undefined)[] {
    const grown = new Array<T | undefined>(slots.length * 2).fill(undefined);
    for (let i = 0; i < this.#length; i++) grown[i] = slots[(this.#head + i) & (slots.length - 1)];
    this.#head = 0;
    return (this.#slots = grown);
  }
}
