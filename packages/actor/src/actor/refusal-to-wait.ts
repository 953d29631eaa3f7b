import type { ActorError } from "../errors.ts";
import { expectEnd } from "../signal/expected-end.ts";

/** An actor that code may be holding. */
interface Held {
  /** @throws ActorError `askSelf`. */
  assertNotHeldHere(what: string, instead: string): void;
}

/** A rejection with `askSelf`, of which those hear nothing that do not wait; nothing where the code at work does not hold `cell`. */
export function refusalOf(cell: Held, what: string, instead: string): Promise<never> | undefined {
  try {
    cell.assertNotHeldHere(what, instead);
    return undefined;
  } catch (error) {
    const refused = Promise.reject(expectEnd(error as ActorError));
    refused.catch(() => {});
    return refused;
  }
}
