import type { Actor } from "./actor.ts";

/** A class of actors: any constructor of a subclass of {@link Actor}. */
// biome-ignore lint/suspicious/noExplicitAny: only `any` accepts every parameter list while keeping it inferable.
export type ActorClass<A extends Actor = Actor, Args extends any[] = any[]> = new (...args: Args) => A;

/** One method that messages may call. */
export interface Method {
  readonly name: string;
  readonly call: (...args: never[]) => unknown;
}

/** Members of {@link Actor} that the runtime calls; never messages. */
export const lifecycleHooks = ["onStart", "onStop", "onDown", "onExit", "onHandoff"] as const;

const hidden: ReadonlySet<string> = new Set<string>([...lifecycleHooks, "constructor", "receive", "context", "self"]);

/** The messages that actors of one class understand: its public methods, found once per class. */
export class Protocol {
  readonly className: string;
  /** Where plain messages (`send`) go, when the class takes them. */
  readonly receive: Method | undefined;
  /** Whether messages may come from other nodes: a class opts out with `static remotable = false`. */
  readonly isRemotable: boolean;
  readonly #methods = new Map<string, Method>();

  /** @param base the class at which collecting stops; its members are no messages. */
  constructor(actorClass: ActorClass, base: object) {
    this.className = actorClass.name;
    this.isRemotable = !("remotable" in actorClass) || actorClass.remotable !== false;
    for (let prototype = actorClass.prototype; prototype !== base; prototype = Object.getPrototypeOf(prototype)) {
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const call = Object.getOwnPropertyDescriptor(prototype, name)?.value;
        if (typeof call !== "function") continue;
        if (name === "receive") this.receive ??= { name, call };
        else if (!hidden.has(name) && !name.startsWith("_") && !this.#methods.has(name)) {
          this.#methods.set(name, { name, call });
        }
      }
    }
  }

  /** The method named `name`, or undefined when it is no message of this class. */
  method(name: string): Method | undefined {
    return this.#methods.get(name);
  }

  /** Names of all messages. */
  names(): Iterable<string> {
    return this.#methods.keys();
  }
}
