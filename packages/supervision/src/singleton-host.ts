import {
  type Actor,
  type ActorClass,
  ActorError,
  type ActorRef,
  type ActorSystem,
  type ExitReason,
  type Shutdown,
} from "@foundation/actor";
import { isError, reasonFrom, runOutside } from "@foundation/actor/spi";
import { type Registry, RegistryError } from "@foundation/registry";
import type { SingletonSettings, SingletonSpec } from "./singleton-spec.ts";

/** Why a host has no singleton any more: it did not start, ended by itself after so many milliseconds, or was told to stop. */
export type HostEnd =
  | { readonly kind: "failed"; readonly reason: ExitReason }
  | { readonly kind: "exited"; readonly reason: ExitReason; readonly ranMs: number }
  | { readonly kind: "stopped" };

/** A spec that says how it is to be run: no tombstone. */
export type HostableSpec = SingletonSpec & { readonly settings: SingletonSettings };

/** Where a {@link SingletonHost} works. */
export interface SingletonHostSurroundings {
  readonly system: ActorSystem;
  readonly registry: Registry;
  /** Called once, when the actor has started and taken its name. */
  readonly started: (host: SingletonHost) => void;
  /** Called once, when the actor is gone and its name free. */
  readonly ended: (host: SingletonHost, end: HostEnd) => void;
}

/** One life of one singleton on this node: starts it under an epoch, registers its name, tells of its end. */
export class SingletonHost {
  readonly spec: HostableSpec;
  readonly epoch: number;
  readonly #surroundings: SingletonHostSurroundings;
  #ref: ActorRef | undefined;
  #hasEnded = false;
  #endsWithNode = false;
  /** Monotonic milliseconds. */
  #startedAt: number | undefined;
  #stopping: Promise<void> | undefined;

  constructor(spec: HostableSpec, epoch: number, surroundings: SingletonHostSurroundings) {
    this.spec = spec;
    this.epoch = epoch;
    this.#surroundings = surroundings;
  }

  /** Its actor; undefined while that is made, which its constructor and the beginning of its `onStart` are part of. */
  get ref(): ActorRef | undefined {
    return this.#ref;
  }

  /** Starts the actor and takes the name when it has started. */
  async start(actorClass: ActorClass): Promise<void> {
    const { system, registry } = this.#surroundings;
    const { name, args } = this.spec;
    if (this.#hasEnded) return;
    try {
      const ref = system.spawnFrom<Actor, unknown[]>(undefined, actorClass, {
        args: [...args],
        epoch: this.epoch,
        isReported: true,
      });
      this.#ref = ref;
      const exits: ExitReason[] = [];
      ref.recipient.watch((reason) => {
        exits.push(reason);
        if (this.#startedAt !== undefined) this.#exited(reason);
      });
      await this.#whenStarted(ref, actorClass);
      if (this.#hasEnded) return;
      // Its onStart has stopped it, or it ended right after: that is no start that failed.
      const [exit] = exits;
      if (exit !== undefined) return this.#exited(exit);
      registry.register(name, ref, { epoch: this.epoch, onConflict: () => void this.stop("nameConflict") });
      this.#startedAt = system.runtime.now();
      this.#surroundings.started(this);
    } catch (error) {
      // Another node was quicker: its actor is the singleton.
      if (error instanceof RegistryError && error.code === "alreadyRegistered") await this.stop("nameConflict");
      else this.#end({ kind: "failed", reason: reasonFrom(error) });
    }
  }

  /**
   * Ends the actor in order, after `shutdown` by force. All callers wait for the one end.
   *
   * @param shutdown default: what the singleton's options say.
   */
  stop(reason: ExitReason, shutdown: Shutdown = this.spec.settings.shutdownMs): Promise<void> {
    this.#stopping ??= this.#stop(reason, shutdown);
    return this.#stopping;
  }

  /** From now on its end is the work of this node's stop, which ends all actors in their order. */
  endWithNode(): void {
    this.#endsWithNode = true;
  }

  async #stop(reason: ExitReason, shutdown: Shutdown): Promise<void> {
    const isFirst = !this.#hasEnded;
    this.#hasEnded = true;
    // Its constructor, or the beginning of its onStart, has asked for it: after this turn the actor is there to be stopped.
    if (this.#ref === undefined) await Promise.resolve();
    const ref = this.#ref;
    const { system } = this.#surroundings;
    // Its own handler may have asked for it, and does not wait here.
    if (ref !== undefined) await runOutside(() => system.stopActor(ref, reason, shutdownMs(shutdown)));
    if (isFirst) this.#surroundings.ended(this, { kind: "stopped" });
  }

  /** One that takes too long is killed, and its start has failed. */
  async #whenStarted(ref: ActorRef, actorClass: ActorClass): Promise<void> {
    const { system } = this.#surroundings;
    const { startMs } = this.spec.settings;
    let isLate = false;
    const limit =
      startMs === Number.POSITIVE_INFINITY
        ? undefined
        : system.runtime.setTimer(startMs, () => {
            isLate = true;
            system.cellOf(ref)?.kill();
          });
    try {
      await system.whenStarted(ref);
    } catch (error) {
      if (!isLate) throw error instanceof ActorError && isError(error.cause) ? error.cause : error;
      const text = `onStart of ${actorClass.name} took more than ${startMs} ms, so it was killed`;
      throw new ActorError("startFailed", text, { cause: "timeout" });
    } finally {
      limit?.cancel();
    }
  }

  #exited(reason: ExitReason): void {
    const now = this.#surroundings.system.runtime.now();
    this.#end({ kind: "exited", reason, ranMs: now - (this.#startedAt ?? now) });
  }

  #end(end: HostEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#surroundings.ended(this, this.#endsWithNode ? { kind: "stopped" } : end);
  }
}

/** Milliseconds that a stop may take. */
function shutdownMs(shutdown: Shutdown): number {
  if (shutdown === "infinity") return Number.POSITIVE_INFINITY;
  return shutdown === "brutalKill" ? 0 : shutdown;
}
