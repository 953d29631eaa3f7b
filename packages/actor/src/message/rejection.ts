/**
 * Thrown by a handler to answer an ask with an error and live on.
 *
 * Anything else that a handler throws ends its actor; a rejection is for what its callers may do wrong.
 *
 * @example
 * ```ts
 * withdraw(amount: number): number {
 *   if (amount > this.#balance) throw new Rejection(new RangeError("insufficient funds"));
 *   return (this.#balance -= amount);
 * }
 * ```
 */
export class Rejection extends Error {
  /** What the asker gets. */
  override readonly cause: Error;

  constructor(cause: Error) {
    super(cause.message, { cause });
    this.cause = cause;
  }

  override get name(): string {
    return "Rejection";
  }
}
