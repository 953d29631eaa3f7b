import type { Message, SentError } from "./ipc.ts";

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The questions of one side that the other has not answered yet. */
export class Calls {
  readonly #pending = new Map<number, Pending>();
  readonly #toError: (error: SentError) => Error;
  #lastId = 0;

  /** @param toError makes what a failed call rejects with. */
  constructor(toError: (error: SentError) => Error) {
    this.#toError = toError;
  }

  /** Sends a question with a new id. @param send may throw; the call rejects with that. */
  open(send: (id: number) => void): { readonly id: number; readonly result: Promise<unknown> } {
    const id = ++this.#lastId;
    const result = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      try {
        send(id);
      } catch (error) {
        this.#pending.delete(id);
        reject(error);
      }
    });
    return { id, result };
  }

  /** Forgets a question; a late answer is dropped. */
  giveUp(id: number, error: Error): void {
    this.#pending.get(id)?.reject(error);
    this.#pending.delete(id);
  }

  /** @returns whether the message was an answer. */
  answered(message: Message): boolean {
    if (message.testkit !== "answer" && message.testkit !== "failure") return false;
    const call = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.testkit === "answer") call?.resolve(message.result);
    else call?.reject(this.#toError(message.error));
    return true;
  }

  /** No answer will come any more. */
  failAll(error: () => Error): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error());
  }
}
