const capacityMin = 16;
/** Slots that an empty table keeps. */
const keptCapacityMax = 1024;

/**
 * Values by numbers that count upwards: what is open between two nodes.
 *
 * A `Map` does the same, and with it collections of young garbage take 60 ms of every 200 instead of 3 (128 asks in flight, one after
 * the other). Where entries come and go V8 gives it a new table again and again, and every old one refers to its successor and to
 * what it held. Once one of them has been moved to the old generation, dead or not, a collection of young garbage takes all that
 * follow for alive: every ask since the last one. Here tables are replaced by growth alone and know nothing of each other.
 *
 * Linear probing from where Fibonacci hashing spreads numbers that follow each other, so that a number that is not there is soon known
 * to be missing, too; what is deleted leaves no mark (Knuth, The Art of Computer Programming 6.4, algorithms L and R). For
 * numbers that are chosen here: those of a peer could share a place.
 */
export class NumberTable<Value> {
  #size = 0;
  /** Made by the first entry: most links have no asks. */
  #keys: number[] = [];
  #values: (Value | undefined)[] = [];
  /** Bits of a hash that are too many. */
  #shift = 0;

  get size(): number {
    return this.#size;
  }

  get(key: number): Value | undefined {
    return this.#values[this.#find(key)];
  }

  /** Takes a value for a number that has none. @param key a whole number, 0 or more. */
  set(key: number, value: Value): void {
    if ((this.#size + 1) * 2 > this.#keys.length) this.#resize(Math.max(capacityMin, this.#keys.length * 2));
    const at = this.#find(key);
    this.#keys[at] = key;
    this.#values[at] = value;
    this.#size += 1;
  }

  /** @returns whether there was one. */
  delete(key: number): boolean {
    const at = this.#find(key);
    if (this.#values[at] === undefined) return false;
    this.#size -= 1;
    if (this.#size === 0 && this.#keys.length > keptCapacityMax) this.clear();
    else this.#close(at);
    return true;
  }

  clear(): void {
    this.#size = 0;
    this.#keys = [];
    this.#values = [];
  }

  *values(): Generator<Value> {
    for (const value of this.#values) if (value !== undefined) yield value;
  }

  /** Where a number is, or would be. */
  #find(key: number): number {
    const mask = this.#keys.length - 1;
    let at = this.#home(key);
    while (this.#values[at] !== undefined && this.#keys[at] !== key) at = (at + 1) & mask;
    return at;
  }

  #home(key: number): number {
    return Math.imul(key, 0x9e37_79b1) >>> this.#shift;
  }

  /** Moves what comes after a gap into it, as far as that is on its way from where it belongs. */
  #close(from: number): void {
    const [keys, values] = [this.#keys, this.#values];
    const mask = keys.length - 1;
    let gap = from;
    for (let at = (gap + 1) & mask; values[at] !== undefined; at = (at + 1) & mask) {
      const home = this.#home(keys[at] as number);
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      keys[gap] = keys[at] as number;
      values[gap] = values[at];
      gap = at;
    }
    values[gap] = undefined;
  }

  #resize(capacity: number): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Array<number>(capacity).fill(0);
    this.#values = new Array<Value | undefined>(capacity).fill(undefined);
    this.#shift = Math.clz32(capacity) + 1;
    for (const [index, value] of values.entries()) {
      if (value === undefined) continue;
      const at = this.#find(keys[index] as number);
      this.#keys[at] = keys[index] as number;
      this.#values[at] = value;
    }
  }
}
