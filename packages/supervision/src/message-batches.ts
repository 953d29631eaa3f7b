/** How much goes into one message, whichever comes first. */
export interface BatchLimits {
  readonly itemsMax: number;
  readonly bytesMax: number;
}

/** Bytes of a text in a message, at most: three for each UTF-16 unit, which is quicker than to count. */
export function textBytesMax(text: string): number {
  return 3 * text.length;
}

/**
 * Cuts `items` into batches by number and by bytes. An item that is larger than a batch may be has one of its own.
 *
 * @param bytesOf about how many bytes an item takes.
 */
export function* batches<Item>(
  items: Iterable<Item>,
  { itemsMax, bytesMax }: BatchLimits,
  bytesOf: (item: Item) => number,
): Generator<Item[]> {
  let batch: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (batch.length > 0 && (batch.length >= itemsMax || bytes + size > bytesMax)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
