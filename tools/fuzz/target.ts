import type { SeededRandom } from "../../packages/testkit/src/world/seeded-random.ts";

/** Something that reads what strangers send. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs, to be changed. */
  readonly captures: readonly Uint8Array[];
  /** An input made by the rules of its format, most of them kept. */
  generate(random: SeededRandom): Uint8Array;
  /** Has the input read. Throws, or rejects, when something happens that must not. */
  read(input: Uint8Array): void | Promise<void>;
  /** Gives up what it holds. */
  close?(): Promise<void>;
}

/** What happened that must not, by one who noticed. */
export class Finding extends Error {}
