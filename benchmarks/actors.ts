// The actors that the benchmarks talk to.
import { Actor, type ActorRef } from "@foundation/runtime";
import type { Counted } from "./traffic.ts";

/** Counts what reaches it. */
export class Sink extends Actor {
  #received = 0;

  take(_payload: unknown): void {
    this.#received++;
  }

  /** How much has been taken. Sent on the same channel as what is to be taken, it is answered after all of that. */
  received(): number {
    return this.#received;
  }
}

/** Answers with what it is asked. */
export class Echo extends Actor {
  echo<T>(request: T): T {
    return request;
  }
}

/** The singleton: says where it is. */
export class Whereabouts extends Actor {
  node(): string {
    return this.context.system.name;
  }
}

/** Tells `sink` the payload. */
export function counted(sink: ActorRef<Sink>, payload: unknown): Counted {
  return {
    send: (count) => {
      for (let sent = 0; sent < count; sent++) sink.tell.take(payload);
    },
    received: () => sink.ask.received(),
  };
}
