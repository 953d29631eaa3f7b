import type { SpecVersion } from "./singleton-spec.ts";

/** Parts that singletons are divided into, by their names: a part that differs is told of, and no more. */
export const digestPartsCount = 64;
/** A part that has changed less than this ago is not compared: other members may be about to hear of it. Milliseconds. */
const quietMs = 1_000;

/** The part of a name. The same on every node. */
export function digestPartOf(name: string): number {
  return hashOf(name, 0) % digestPartsCount;
}

/**
 * A sum over the versions of all specs of one node that stand for a singleton, part by part: nodes that know the same have the same sums,
 * in whatever order they heard of it. Removed ones are left out, which nodes forget at different times.
 */
export class SpecDigest {
  readonly #sums = new Uint32Array(digestPartsCount);
  readonly #changedAt = new Float64Array(digestPartsCount).fill(Number.NEGATIVE_INFINITY);

  /** Adds a version of a spec, or takes one away that was added. @param now monotonic milliseconds. */
  toggle(name: string, { revision, stamp: [wallTime, counter], origin }: SpecVersion, now: number): void {
    const part = digestPartOf(name);
    const version = `${name}\n${revision}\n${wallTime}\n${counter}\n${origin}`;
    this.#sums[part] = (this.#sums[part] ?? 0) ^ hashOf(version, revision);
    this.#changedAt[part] = now;
  }

  /** A number for each part. */
  sums(): number[] {
    return [...this.#sums];
  }

  /** The parts that differ, of those that have not changed here just now. */
  differences(theirs: readonly number[], now: number): number[] {
    return this.sums().flatMap((sum, part) => {
      const isQuiet = now - (this.#changedAt[part] ?? 0) >= quietMs;
      return isQuiet && sum !== theirs[part] ? part : [];
    });
  }
}

/** FNV-1a with a last mix, 32 bits. */
function hashOf(text: string, seed: number): number {
  let value = (0x811c9dc5 ^ seed) | 0;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
