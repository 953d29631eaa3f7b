/**
 * Thrown by a handler to answer with an error and live on.
 *
 * ```ts
 * import { Actor, ActorSystem, Rejection } from "@foundation/actor";
 *
 * class Account extends Actor {
 *   #cents = 100;
 *
 *   withdraw(cents: number): number {
 *     if (cents > this.#cents) throw new Rejection(new RangeError("insufficient funds"));
 *     return (this.#cents -= cents);
 *   }
 * }
 *
 * await using system = new ActorSystem();
 * const account = system.spawn(Account);
 * console.log(await account.ask.withdraw(500).catch(({ message }) => message)); // insufficient funds
 * console.log(await account.ask.withdraw(30)); // 70
 * ```
 *
 * The asker gets the error inside, not the rejection. Where nobody waits for an answer it has no effect.
 *
 * When not to use it: for what the actor does not understand or cannot repair. Let that crash, and be restarted in a good state.
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
