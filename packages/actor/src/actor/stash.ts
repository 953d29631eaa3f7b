import type { Envelope } from "../contract/envelope.ts";
import { OverloadedError } from "../errors.ts";
import { Rejection } from "../message/rejection.ts";

/** Messages that may be stashed at a time. */
const stashMax = 10_000;

/** The messages that an actor has put aside, in the order they came. */
export class Stash {
  #envelopes: Envelope[] = [];

  get isEmpty(): boolean {
    return this.#envelopes.length === 0;
  }

  /** @param label the actor's. @throws Rejection when 10 000 messages are stashed. */
  push(envelope: Envelope, label: string): void {
    if (this.#envelopes.length >= stashMax) {
      const { method, args } = envelope;
      const refused = { recipient: label, method: method.name, args };
      throw new Rejection(new OverloadedError(`${label} has stashed ${stashMax} messages`, refused));
    }
    this.#envelopes.push(envelope);
  }

  /** Removes and returns all. */
  take(): readonly Envelope[] {
    const taken = this.#envelopes;
    this.#envelopes = [];
    return taken;
  }

  /** Takes out what was put aside last, if it is here. @returns whether it is. */
  withdraw(envelope: Envelope): boolean {
    const at = this.#envelopes.lastIndexOf(envelope);
    if (at >= 0) this.#envelopes.splice(at, 1);
    return at >= 0;
  }
}
