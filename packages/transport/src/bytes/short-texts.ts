/** Places for texts; a power of two. */
const placesCount = 512;
/** Longer texts are read by native code, which costs more than it saves for short ones. Bytes. */
export const shortTextBytesMax = 32;

interface KnownText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Strings for bytes that come again and again, such as the names of methods: the same bytes give the same string, without a new
 * one. A fixed number of places, each for the last text that fell on it, so what peers send cannot make it grow.
 */
const places: (KnownText | undefined)[] = new Array<KnownText | undefined>(placesCount).fill(undefined);

/** The text of ASCII bytes from `start` to `end`, at most {@link shortTextBytesMax} of them; undefined when they are not ASCII. */
export function shortText(source: Buffer, start: number, end: number): string | undefined {
  const length = end - start;
  if (length === 0) return "";
  const middle = source[start + (length >> 1)] as number;
  const hash = (length * 31 + (source[start] as number)) * 31 + middle * 7 + (source[end - 1] as number);
  const known = places[hash & (placesCount - 1)];
  if (known !== undefined && isSame(known.bytes, source, start, length)) return known.text;
  for (let at = start; at < end; at++) if ((source[at] as number) >= 0x80) return undefined;
  const text = source.toString("latin1", start, end);
  places[hash & (placesCount - 1)] = { bytes: Uint8Array.prototype.slice.call(source, start, end), text };
  return text;
}

function isSame(bytes: Uint8Array, source: Buffer, start: number, length: number): boolean {
  if (bytes.length !== length) return false;
  for (let at = 0; at < length; at++) if (bytes[at] !== source[start + at]) return false;
  return true;
}
