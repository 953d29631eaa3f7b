import { EventEmitter } from "node:events";
import { ActorError } from "../errors.ts";
import { counted, inspectAs } from "../log/short-inspect.ts";
import type { StormLog } from "../log/storm-log.ts";
import { nearestOf } from "../options/nearest-name.ts";
import { callback } from "../options/option-rule.ts";
import { checkValue, shown } from "../options/option-table.ts";
import { callGuarded } from "./guarded-callback.ts";
import { ToldInOrder } from "./told-in-order.ts";

/** The arguments of each event, by its name. */
type Arguments<Events, Name extends keyof Events> = Events[Name] extends readonly unknown[] ? Events[Name] : never;

/** What is called with an event's arguments. */
type Listener = (...args: readonly unknown[]) => void;

/** What {@link ProgramEvents} are made of. */
export interface ProgramEventsOptions<Events> {
  /** What the program knows them as, for errors: `membership.events`. */
  readonly what: string;
  /** Every event that there is. */
  readonly names: { readonly [Name in keyof Events]: true };
  /** Where it is told what listeners throw. */
  readonly storms: StormLog;
  /** Throws when nothing will be emitted any more: nobody can begin to listen then. */
  readonly assertOpen?: () => void;
}

/**
 * Node announces listeners with the first two. `error` is never emitted here, but `once` and `on` of node:events listen for it beside
 * the event that they were asked for.
 */
const namesOfNode: ReadonlySet<unknown> = new Set(["newListener", "removeListener", "error"]);

/**
 * Events for the program: an `EventEmitter` whose listeners cannot hurt what emits.
 *
 * A listener that throws, or returns a promise that rejects, is logged at level `error` with the event's name and its own; the
 * listeners after it are told all the same. Parts of the runtime are no listeners: they are called, and know before.
 *
 * All listeners hear of all events in the order in which these happened. What a listener brings about is told after what it was told of.
 *
 * A name that is no event's is refused by every method that takes one, with ActorError `invalidOption`; so is what is no function.
 */
export class ProgramEvents<Events extends Record<keyof Events, unknown[]>> extends EventEmitter<Events> {
  readonly #what: string;
  readonly #names: ReadonlySet<unknown>;
  readonly #storms: StormLog;
  readonly #assertOpen: () => void;
  readonly #inOrder = new ToldInOrder();

  constructor({ what, names, storms, assertOpen = () => {} }: ProgramEventsOptions<Events>) {
    super();
    this.#what = what;
    this.#names = new Set(Object.keys(names));
    this.#storms = storms;
    this.#assertOpen = assertOpen;
    // Every part of a program may listen.
    this.setMaxListeners(0);
  }

  /**
   * @internal It has happened, and all parts of the runtime know: tells the listeners; when one is at work, after what that one is
   * being told of.
   */
  announce<Name extends keyof Events & string>(name: Name, ...args: Arguments<Events, Name>): void {
    // The method may be another one: tools put theirs in its place.
    const tell = (): unknown => this.emit(name, ...(args as readonly unknown[]));
    this.#inOrder.tell(() => callGuarded(this.#storms, { event: name, listener: this.emit }, tell));
  }

  /** Calls the listeners alone, each of them guarded. */
  override emit(name: unknown, ...args: readonly unknown[]): boolean {
    const listeners: readonly unknown[] = this.rawListeners(name as never);
    for (const listener of listeners as readonly (Listener & { readonly listener?: Listener })[]) {
      // One for a single call is wrapped.
      const about = { event: String(name), listener: listener.listener ?? listener };
      callGuarded(this.#storms, about, () => Reflect.apply(listener, this, args));
    }
    return listeners.length > 0;
  }

  /** All methods of Node's that take the name of an event check it, and keep the types that they have. */
  static {
    const subscribing = ["on", "addListener", "once", "prependListener", "prependOnceListener"] as const;
    const unsubscribing = ["off", "removeListener"] as const;
    const others = ["removeAllListeners", "listeners", "rawListeners", "listenerCount"] as const;
    type Checked = (this: ProgramEvents<Record<string, unknown[]>>, ...args: readonly unknown[]) => void;
    const check = (methods: readonly (keyof EventEmitter)[], before: Checked): void => {
      for (const method of methods) {
        const inherited = EventEmitter.prototype[method] as (...args: readonly unknown[]) => unknown;
        const value = function (this: ProgramEvents<Record<string, unknown[]>>, ...args: readonly unknown[]): unknown {
          Reflect.apply(before, this, args);
          return Reflect.apply(inherited, this, args);
        };
        Object.defineProperty(ProgramEvents.prototype, method, { value, writable: true, configurable: true });
      }
    };
    check(subscribing, function (name, listener) {
      this.#checkName(name);
      this.#checkListener(listener);
      this.#assertOpen();
    });
    check(unsubscribing, function (name, listener) {
      this.#checkName(name);
      this.#checkListener(listener);
    });
    check(others, function (...args) {
      // `removeAllListeners()` is about all events; with a name that is undefined it would be about none.
      if (args.length > 0) this.#checkName(args[0]);
    });
  }

  #checkName(name: unknown): void {
    if (this.#names.has(name) || namesOfNode.has(name)) return;
    const names = [...this.#names].map(String);
    const nearest = typeof name === "string" ? nearestOf(name, names) : undefined;
    const advice = nearest === undefined ? `there are ${names.join(", ")}` : `did you mean ${nearest}?`;
    throw new ActorError("invalidOption", `${this.#what} has no event ${shown(name)}; ${advice}`);
  }

  #checkListener(listener: unknown): void {
    checkValue(`a listener of ${this.#what}`, listener, callback);
  }
}

inspectAs(ProgramEvents, (events) => {
  const listeners = events.eventNames().reduce((sum, name) => sum + events.listenerCount(name), 0);
  return `ProgramEvents(${counted(listeners, "listener")})`;
});
