import type { ActorRef } from "./ref.ts";

/**
 * The ref of a spawned actor: all public methods of `A`, or those that `static protocol` of its class names.
 *
 * A ref by name does not know the class: `registry.ref<ProtocolOf<typeof Counter>>("counter")` says it.
 */
export type RefOf<A extends object, P = unknown> = unknown extends P
  ? ActorRef<A>
  : ActorRef<Pick<A, keyof P & keyof A>>;

/** The messages of a class: its public methods, or those that its `static protocol` names. */
export type ProtocolOf<Class extends abstract new (...args: never[]) => object> = Class extends {
  readonly protocol: infer P;
}
  ? Pick<InstanceType<Class>, keyof P & keyof InstanceType<Class>>
  : InstanceType<Class>;
