import { ActorRef, type Recipient } from "@foundation/actor";

/** What JavaScript hands over by mistake, or on purpose, where a name, an id or a ref should stand; by what it is. */
export function oddValues(): ReadonlyMap<string, unknown> {
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const fail = (): never => {
    throw new Error("a trap of the program");
  };
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  // biome-ignore lint/suspicious/noThenProperty: this is what it is about.
  const thenable = { then: (resolve: (name: string) => void) => resolve("insider") };
  return new Map<string, unknown>([
    ["undefined", undefined],
    ["null", null],
    ["5", 5],
    ["NaN", Number.NaN],
    ["a bigint", 5n],
    ["true", true],
    ["the empty string", ""],
    ["a string of 10 MB", "x".repeat(10_000_000)],
    ["__proto__", "__proto__"],
    ["a control character", "a\nb"],
    ["a symbol", Symbol("x".repeat(1_000))],
    ["an object", {}],
    ["what looks like a ref", { recipient: {} }],
    ["what has the prototype of a ref", Object.create(ActorRef.prototype)],
    ["a proxy of a ref", new Proxy(new ActorRef({} as Recipient), {})],
    ["an object whose text throws", { toString: fail, toJSON: fail, [Symbol.toPrimitive]: fail }],
    ["an array in itself", cyclic],
    ["a thenable", thenable],
    ["a function", () => {}],
    ["a revoked proxy", revoked],
    ["a proxy of traps", new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail, ownKeys: fail })],
  ]);
}
