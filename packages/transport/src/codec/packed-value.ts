/**
 * Stands for a value that msgpackr would not carry exactly, on its way into msgpackr.
 *
 * It never leaves this folder: only what prepares values makes instances, so nobody can send one.
 */
export class PackedValue {
  /** A packed kind, then what belongs to it. */
  readonly content: readonly unknown[];

  constructor(content: readonly unknown[]) {
    this.content = content;
  }
}
