import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import type { Envelope } from "../contract/envelope.ts";
import type { Execution, ExecutionOwner } from "../contract/execution.ts";

/** What becomes of the message that is being handled. */
type Fate = "answer" | "stashed" | "deferred";

/** An execution of handlers and hooks of an actor that has started. */
export interface HandlerExecution extends Execution {
  fate: Fate;
  /** The handler or hook is at work on `envelope`. */
  begin(envelope: Envelope): void;
  /** It has returned, and its promise, if any, is settled. */
  end(): void;
}

const nothing = (): void => {};

/** Stands for the message while a hook runs. */
export const hookAtWork: Envelope = {
  method: { name: "hook", call: nothing, isReentrant: false, isAsync: false, isStream: false, schema: undefined },
  args: [],
  replyTo: undefined,
};

/** An execution of its own, for what may be under way beside others. */
export class OwnExecution implements HandlerExecution {
  readonly owner: ExecutionOwner;
  envelope: Envelope | undefined;
  fate: Fate = "answer";

  constructor(owner: ExecutionOwner, envelope: Envelope | undefined) {
    this.owner = owner;
    this.envelope = envelope;
  }

  begin(envelope: Envelope): void {
    this.envelope = envelope;
  }

  end(): void {
    this.envelope = undefined;
  }
}

/**
 * What an actor's handlers share that return no promise, one after the other.
 *
 * It finds its message in the mailbox: to keep a pointer of its own, it would have to write one for each message, which
 * costs as much as a tenth of a tell (the collector's write barrier).
 */
export class SharedExecution implements HandlerExecution {
  readonly owner: ExecutionOwner;
  fate: Fate = "answer";
  #isAtWork = false;
  #own: Envelope | undefined;

  constructor(owner: ExecutionOwner) {
    this.owner = owner;
  }

  get envelope(): Envelope | undefined {
    if (this.#own !== undefined) return this.#own;
    return this.#isAtWork ? this.owner.takenEnvelope : undefined;
  }

  /** The message that the mailbox gave last is being handled. */
  beginTaken(): void {
    this.#isAtWork = true;
  }

  begin(envelope: Envelope): void {
    this.#own = envelope;
  }

  end(): void {
    this.#isAtWork = false;
    if (this.#own !== undefined) this.#own = undefined;
  }
}

const storage = new AsyncLocalStorage<Execution>();

/** Where Node 24, Node 22 and Node 20 keep the async context of a resource. */
const contextKeys: ReadonlySet<string> = new Set(["context_frame", "kAsyncLocalStorageContext", "kResourceStore"]);

/** No async context at all, whatever the code had that loaded this package. */
const root = emptyScope();

/** Whether `enterWith` outlives its scope, as it does where Node keeps contexts by async hooks (before Node 24). */
const entersForGood = outlivesScope();

/** The execution that the running code belongs to. */
export function currentExecution(): Execution | undefined {
  return storage.getStore();
}

/** The class of the actor whose code is at work, if it is one's. */
export function classAtWork(): string | undefined {
  return currentExecution()?.owner.protocol.className;
}

/**
 * Runs `callback` as part of `execution`, without what the code that calls keeps in an AsyncLocalStorage. Costs about 35 ns: `run` of
 * an AsyncLocalStorage, with 180, makes a second frame to restore the first one, a scope of an AsyncResource restores it for nothing.
 */
export function runIn<T>(execution: Execution, callback: () => T): T;
export function runIn<T, Argument>(execution: Execution, callback: (argument: Argument) => T, argument: Argument): T;
export function runIn<T>(execution: Execution, callback: (argument?: unknown) => T, argument?: unknown): T {
  return freshScope().runInAsyncScope(enter, undefined, execution, callback, argument) as T;
}

function enter<T>(execution: Execution, callback: (argument?: unknown) => T, argument: unknown): T {
  storage.enterWith(execution);
  return callback(argument);
}

/** Runs `callback` as part of no actor, and of nothing else: for work of the system that an actor's code has set off. */
export function runOutside<T>(callback: () => T): T {
  return freshScope().runInAsyncScope(callback);
}

/** Runs `callback` as part of `execution`, or of no actor. */
export function runInOrOutside<T>(execution: Execution | undefined, callback: () => T): T {
  return execution === undefined ? runOutside(callback) : runIn(execution, callback);
}

/** A way to run code as part of `execution` that costs about 10 ns a time. */
export function scopeOf(execution: Execution): AsyncResource {
  return runIn(execution, () => new AsyncResource("Actor"));
}

/** A scope that nobody has entered anything into. */
function freshScope(): AsyncResource {
  return entersForGood ? root.runInAsyncScope(newScope) : root;
}

function newScope(): AsyncResource {
  return new AsyncResource("Actor");
}

/**
 * A resource takes along what is in every AsyncLocalStorage of the program where it is made, and there is no call to make one
 * without. Node keeps that in properties of its own; without them the scope is empty. A Node that keeps it elsewhere leaves the
 * scope as it was made.
 */
function emptyScope(): AsyncResource {
  const scope = new AsyncResource("Actors");
  const properties = scope as unknown as Record<symbol, unknown>;
  for (const key of Object.getOwnPropertySymbols(scope)) {
    if (contextKeys.has(key.description ?? "")) properties[key] = undefined;
  }
  return scope;
}

function outlivesScope(): boolean {
  const probe = new AsyncLocalStorage<boolean>();
  const scope = new AsyncResource("Actors");
  scope.runInAsyncScope(() => probe.enterWith(true));
  const isThere = scope.runInAsyncScope(() => probe.getStore()) === true;
  probe.disable();
  return isThere;
}
