import { EventEmitter } from "node:events";
import { counted, inspectAs } from "../log/short-inspect.ts";
import { callGuarded } from "./guarded-callback.ts";
import type { Log } from "./log.ts";

/** The arguments of each event, by its name. */
type Arguments<Events, Name extends keyof Events> = Events[Name] extends readonly unknown[] ? Events[Name] : never;

/** A part of the runtime that has to know of an event. */
type Part = (...args: readonly unknown[]) => void;

/**
 * Events for the program: an `EventEmitter` whose listeners cannot hurt what emits.
 *
 * A listener that throws, or returns a promise that rejects, is logged at level `error` with the event's name and its own; the
 * listeners after it are told all the same. Parts of the runtime are no listeners: they are {@link attach}ed, told first, and
 * out of reach of `removeAllListeners` and `emit`.
 */
export class ProgramEvents<Events extends Record<keyof Events, unknown[]>> extends EventEmitter<Events> {
  readonly #log: Log;
  readonly #parts = new Map<keyof Events, Part[]>();

  constructor(log: Log) {
    super();
    this.#log = log;
    // Every part of a program may listen.
    this.setMaxListeners(0);
  }

  /**
   * @internal Tells a part of the runtime of an event, before any listener. A part that throws is broken, and not guarded.
   *
   * @returns tells it no more.
   */
  attach<Name extends keyof Events>(name: Name, part: (...args: Arguments<Events, Name>) => void): () => void {
    const own: Part = (...args) => part(...(args as Arguments<Events, Name>));
    this.#parts.set(name, [...this.#partsOf(name), own]);
    return () => {
      this.#parts.set(
        name,
        this.#partsOf(name).filter((each) => each !== own),
      );
    };
  }

  /** @internal It has happened: tells the parts, in the order in which they were attached, then the listeners. */
  announce<Name extends keyof Events & string>(name: Name, ...args: Arguments<Events, Name>): void {
    for (const part of this.#partsOf(name)) part(...args);
    this.emit(name, ...(args as readonly unknown[]));
  }

  /** Calls the listeners alone, each of them guarded. */
  override emit(name: unknown, ...args: readonly unknown[]): boolean {
    const listeners: readonly unknown[] = this.rawListeners(name as never);
    for (const listener of listeners as readonly (Part & { readonly listener?: Part })[]) {
      // One for a single call is wrapped.
      const about = { event: String(name), listener: listener.listener ?? listener };
      callGuarded(this.#log, about, () => Reflect.apply(listener, this, args));
    }
    return listeners.length > 0;
  }

  #partsOf(name: keyof Events): readonly Part[] {
    return this.#parts.get(name) ?? [];
  }
}

inspectAs(ProgramEvents, (events) => {
  const listeners = events.eventNames().reduce((sum, name) => sum + events.listenerCount(name), 0);
  return `ProgramEvents(${counted(listeners, "listener")})`;
});
