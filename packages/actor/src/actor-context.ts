import type { Actor } from "./actor.ts";
import type { ActorSystem, SpawnArguments } from "./actor-system.ts";
import type { ExitReason } from "./exit-reason.ts";
import type { Monitor } from "./monitor.ts";
import type { ActorClass } from "./protocol.ts";
import type { ActorRef } from "./ref.ts";
import type { Log } from "./runtime/log.ts";

/** What an actor may do to its surroundings; reached as `this.context`. */
export interface ActorContext {
  readonly self: ActorRef;
  readonly system: ActorSystem;
  /**
   * Which start of its name this actor is, when it is a singleton: higher than that of every earlier one. Hand it to the
   * resources the actor writes to, so that they can refuse an older owner (a fencing token).
   */
  readonly epoch: number | undefined;
  /** The system's log with this actor's class and id on every event. */
  readonly log: Log;
  /** Starts an actor; see {@link ActorSystem.spawn}. */
  spawn<A extends Actor, Args extends unknown[]>(
    actorClass: ActorClass<A, Args>,
    ...options: SpawnArguments<Args>
  ): ActorRef<A>;
  /** Observes `ref`: `onDown` is called once when it ends, at once with `noproc` when it already has. */
  monitor(ref: ActorRef): Monitor;
  /** Ends this actor after the current message. Default reason `normal`. */
  stop(reason?: ExitReason): void;
}
