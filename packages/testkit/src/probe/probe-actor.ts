import { Actor, type ActorContext, type ActorSystem, type Down, type Method } from "@foundation/actor";
import { lifecycleHooks } from "@foundation/actor/spi";
import type { AnyMessage } from "./probe-message.ts";

/** Where a {@link ProbeActor} puts what reaches it. */
export interface ProbeInbox {
  started(context: ActorContext): void;
  /** @returns the answer to an ask. */
  received(message: AnyMessage): unknown;
  down(down: Down): void;
}

const hooks: ReadonlySet<string> = new Set(lifecycleHooks);

/** The actor behind a probe's ref: takes calls of any name and hands them to its inbox. */
export class ProbeActor extends Actor {
  readonly #inbox: ProbeInbox;

  constructor(inbox: ProbeInbox) {
    super();
    this.#inbox = inbox;
    inbox.started(this.context);
  }

  /** Takes a call of any method. */
  call(method: string, args: readonly unknown[]): unknown {
    return this.#inbox.received({ kind: "call", method, args });
  }

  protected override receive(message: unknown): void {
    this.#inbox.received({ kind: "message", message });
  }

  protected override onDown(down: Down): void {
    this.#inbox.down(down);
  }
}

/** Lets probes of `system` take calls of every name, although their class has no such methods. */
export function takeEveryCall(system: ActorSystem): void {
  const protocol = system.protocolOf(ProbeActor);
  const one = protocol.method("call");
  if (one === undefined || Object.hasOwn(protocol, "method")) return;
  // As many as there are names in a test. A method is known by its identity, so each name has one.
  const methods = new Map<string, Method>();
  protocol.method = (name) => {
    if (name.startsWith("_") || hooks.has(name)) return undefined;
    const known = methods.get(name);
    if (known !== undefined) return known;
    const method = {
      ...one,
      name,
      call(this: ProbeActor, ...args: unknown[]) {
        return this.call(name, args);
      },
    };
    methods.set(name, method);
    return method;
  };
}
