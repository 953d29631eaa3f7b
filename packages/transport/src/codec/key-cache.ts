/** Slots of the cache; a power of two. Keys beyond them replace each other. */
const slots = 2048;
/** Longer keys are decoded every time, in bytes. */
export const cachedKeyBytesMax = 32;

/** Remembers the strings of short object keys, which come again and again, so that they need not be decoded. */
export class KeyCache {
  readonly #keys: (string | undefined)[] = new Array(slots).fill(undefined);

  /** The key in `bytes` from `start` to `end` if it is known or plain ASCII; `undefined` otherwise. */
  get(bytes: Uint8Array, start: number, end: number): string | undefined {
    const length = end - start;
    let hash = length;
    for (let i = start; i < end; i++) hash = (hash * 31 + (bytes[i] as number)) | 0;
    const slot = hash & (slots - 1);
    const known = this.#keys[slot];
    if (known !== undefined && known.length === length) {
      let same = 0;
      while (same < length && known.charCodeAt(same) === bytes[start + same]) same++;
      if (same === length) return known;
    }
    let key = "";
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte >= 0x80) return undefined;
      key += String.fromCharCode(byte);
    }
    this.#keys[slot] = key;
    return key;
  }
}
