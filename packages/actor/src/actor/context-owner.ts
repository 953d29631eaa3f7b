import type { Envelope } from "../contract/envelope.ts";
import type { ActorRef } from "../message/ref.ts";
import type { Log } from "../runtime/log.ts";
import type { ExitReason } from "../signal/exit-reason.ts";
import type { Monitor } from "../signal/monitor.ts";
import type { ActorSystem } from "../system/actor-system.ts";
import type { SpawnOptions } from "../system/spawn-options.ts";
import type { Actor } from "./actor.ts";
import type { ActorClass } from "./actor-class.ts";
import type { Protocol } from "./protocol.ts";

/** The actor whose context it is. */
export interface ContextOwner {
  readonly self: ActorRef;
  readonly system: ActorSystem;
  /** The actor that spawned it, while that one lives itself. */
  readonly parent: { readonly self: ActorRef } | undefined;
  readonly epoch: number | undefined;
  readonly label: string;
  readonly protocol: Protocol;
  readonly log: Log;
  readonly isAlive: boolean;
  /** Whether the class, or this object, says what to do about exit signals. */
  readonly hasExitHook: boolean;
  /** Whether a message waits or is being handled, an asker waits for its answer, or somebody reads a stream. */
  readonly isOccupied: boolean;
  spawn<A extends Actor, Args extends unknown[]>(
    actorClass: ActorClass<A, Args>,
    options: SpawnOptions<Args> | undefined,
  ): ActorRef<A>;
  monitor(ref: ActorRef): Monitor;
  link(ref: ActorRef): void;
  unlink(ref: ActorRef): void;
  stop(reason?: ExitReason): void;
  /** Runs `callback` before the messages that wait. */
  continueWith(callback: () => void | Promise<void>): void;
  /** Nothing was done for as long as the context says. */
  becameIdle(): void;
  /** Puts work of the actor itself behind the messages that wait. */
  post(name: string, callback: () => unknown): void;
  /** Puts messages back that had been taken out, before those that wait. */
  putBack(envelopes: readonly Envelope[]): void;
  /** A message that was put back is not to be handled any more. */
  withdraw(envelope: Envelope): void;
}
