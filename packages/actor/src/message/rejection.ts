import { isError, isInstance } from "../realm/native-class.ts";
import { brandClass, otherCopyOf } from "../realm/package-copy.ts";
import { showThrown } from "../signal/exit-reason.ts";

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
    // What was caught need not be an error, or one that can be read: the asker gets it all the same.
    super(messageOf(cause), { cause });
    this.cause = cause;
  }

  override get name(): string {
    return "Rejection";
  }
}

function messageOf(cause: unknown): string {
  try {
    return isError(cause) ? cause.message : showThrown(cause);
  } catch {
    return showThrown(cause);
  }
}

brandClass(Rejection.prototype, "Rejection");

/** Whether a handler answered with an error by throwing it; the class may be that of another copy of this package. */
export function isRejection(error: unknown): error is Rejection {
  return isInstance(error, Rejection) || otherCopyOf(error, "Rejection") !== undefined;
}
