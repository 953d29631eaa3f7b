import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import type { Envelope } from "../mailbox/mailbox.ts";
import type { ActorCell } from "./actor-cell.ts";

/** What becomes of the message that is being handled. */
export type Fate = "answer" | "stashed" | "deferred";

/**
 * One run of a handler or hook: whose it is, and for which message.
 *
 * It follows the code over every `await`, so that a nested ask knows its asker's deadline and a forgotten promise that
 * rejects belongs to the actor that made it.
 */
export interface Execution {
  readonly cell: ActorCell;
  /** The message; undefined in hooks and in what goes on after the handler has returned. */
  envelope: Envelope | undefined;
  fate: Fate;
  /** Whether the handler or hook is under way. */
  isActive: boolean;
}

/** An execution of its own, for what may be under way beside others. */
export class OwnExecution implements Execution {
  readonly cell: ActorCell;
  envelope: Envelope | undefined;
  fate: Fate = "answer";
  isActive = false;

  constructor(cell: ActorCell, envelope?: Envelope) {
    this.cell = cell;
    this.envelope = envelope;
  }
}

const storage = new AsyncLocalStorage<Execution>();

/** The execution that the running code belongs to. */
export function currentExecution(): Execution | undefined {
  return storage.getStore();
}

/** Runs `callback` as part of `execution`. Costs about 150 ns. */
export function runIn<T>(execution: Execution, callback: () => T): T {
  return storage.run(execution, callback);
}

/** Runs `callback` as part of no actor: for work of the system that an actor's code happened to set off. */
export function runOutside<T>(callback: () => T): T {
  return storage.exit(callback);
}

/** Runs `callback` as part of `execution`, or of no actor. */
export function runInOrOutside<T>(execution: Execution | undefined, callback: () => T): T {
  return execution === undefined ? runOutside(callback) : runIn(execution, callback);
}

/** A way to run code as part of `execution` that costs about 10 ns a time. */
export function scopeOf(execution: Execution): AsyncResource {
  return storage.run(execution, () => new AsyncResource("Actor"));
}
