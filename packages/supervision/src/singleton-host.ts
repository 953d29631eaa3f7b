import {
  type Actor,
  type ActorClass,
  type ActorRef,
  type ActorSystem,
  type ExitReason,
  reasonFrom,
} from "@foundation/actor";
import { type Registry, RegistryError } from "@foundation/registry";
import type { SingletonSpec } from "./singleton-spec.ts";

/** Why a host has no singleton any more: it ended by itself or could not start, or it was told to stop. */
export type HostEnd = { readonly kind: "exited"; readonly reason: ExitReason } | { readonly kind: "stopped" };

/** Where a {@link SingletonHost} works. */
export interface SingletonHostSurroundings {
  readonly system: ActorSystem;
  readonly registry: Registry;
  /** Called once, when the actor is gone and its name free. */
  readonly ended: (host: SingletonHost, end: HostEnd) => void;
}

/** How long a singleton may take to stop before it is killed, unless the node is in a greater hurry. Milliseconds. */
const shutdownMs = 5_000;

/** One life of one singleton on this node: starts it under an epoch, registers its name, tells of its end. */
export class SingletonHost {
  readonly spec: SingletonSpec;
  readonly epoch: number;
  readonly #surroundings: SingletonHostSurroundings;
  #ref: ActorRef | undefined;
  #hasEnded = false;

  constructor(spec: SingletonSpec, epoch: number, surroundings: SingletonHostSurroundings) {
    this.spec = spec;
    this.epoch = epoch;
    this.#surroundings = surroundings;
  }

  /** Starts the actor and takes the name when it has started. */
  async start(actorClass: ActorClass): Promise<void> {
    const { system, registry } = this.#surroundings;
    const { name, args } = this.spec;
    try {
      const ref = system.spawn<Actor, unknown[]>(actorClass, { args: [...args], epoch: this.epoch });
      this.#ref = ref;
      await system.whenStarted(ref);
      if (this.#hasEnded) return;
      registry.register(name, ref, { epoch: this.epoch, onConflict: () => void this.stop("nameConflict") });
      system.log.info("singleton started", { name, epoch: this.epoch });
      ref.recipient.watch((reason) => this.#end({ kind: "exited", reason }));
    } catch (error) {
      // Somebody else was quicker: that one is the singleton.
      if (error instanceof RegistryError && error.code === "alreadyRegistered") await this.stop("nameConflict");
      else this.#end({ kind: "exited", reason: reasonFrom(error) });
    }
  }

  /** Ends the actor in order, after `timeoutMs` milliseconds by force. Resolves when it is gone. */
  async stop(reason: ExitReason, timeoutMs: number = shutdownMs): Promise<void> {
    const ref = this.#ref;
    this.#ref = undefined;
    const stopping = ref === undefined ? undefined : this.#surroundings.system.stopActor(ref, reason, timeoutMs);
    const isFirst = !this.#hasEnded;
    this.#hasEnded = true;
    await stopping;
    if (isFirst) this.#surroundings.ended(this, { kind: "stopped" });
  }

  #end(end: HostEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#surroundings.ended(this, end);
  }
}
