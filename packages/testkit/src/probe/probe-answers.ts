import { Rejection } from "@foundation/actor";
import { isError, isThenable } from "@foundation/actor/spi";

/** How one method is answered. */
export type Answer = (...args: unknown[]) => unknown;

/** What a probe answers, by method. */
export class ProbeAnswers {
  readonly #answers = new Map<string, Answer>();

  set(method: string, answer: Answer): void {
    this.#answers.set(method, answer);
  }

  /**
   * The answer to one call.
   *
   * @throws Rejection whatever is wrong, so that it is the asker's error and the probe lives on.
   */
  give(probe: string, method: string, args: readonly unknown[]): unknown {
    const answer = this.#answers.get(method);
    if (answer === undefined)
      reject(new Error(`probe ${probe} has no answer to ${method}; script one with answer("${method}", ...)`));
    try {
      const result = answer(...args);
      return isThenable(result) ? Promise.resolve(result).catch(reject) : result;
    } catch (error) {
      return reject(error);
    }
  }
}

function reject(error: unknown): never {
  throw new Rejection(isError(error) ? error : new Error(String(error)));
}
