import { types } from "node:util";

/**
 * The names of the engine's own classes, by their prototypes: those of this realm, and of others once they were seen.
 *
 * A `vm` context, and so each test file under `vitest --pool vmThreads`, has classes of its own: its objects are no instance of this
 * realm's `Object`, its errors none of this `Error`.
 */
const knownClasses = new WeakMap<object, string | null>([
  [Object.prototype, "Object"],
  [Array.prototype, "Array"],
  [Error.prototype, "Error"],
]);

/** What the engine shows of its constructors; a program's function shows its own text. */
const nativeSource = /^function (\w+)\(\) \{ \[native code\] \}$/;

/** The name of the engine's class whose prototype this is, in whatever realm; undefined for a prototype of a program. */
export function nativeClassOf(prototype: object): string | undefined {
  let name = knownClasses.get(prototype);
  if (name === undefined) {
    name = find(prototype);
    knownClasses.set(prototype, name);
  }
  return name ?? undefined;
}

function find(prototype: object): string | null {
  if (types.isProxy(prototype)) return null;
  // A getter would be the program's.
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof maker !== "function" || types.isProxy(maker)) return null;
  if (Object.getOwnPropertyDescriptor(maker, "prototype")?.value !== prototype) return null;
  return nativeSource.exec(Function.prototype.toString.call(maker))?.[1] ?? null;
}

/** Whether `value` is an object of no class, of whatever realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || nativeClassOf(prototype) === "Object";
}

/** `instanceof` that survives proxies which have been revoked, or whose traps throw. */
export function isInstance<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/** `Array.isArray` that survives revoked proxies. */
export function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** Classes between an error's own and `Error`. */
const ancestorsMax = 100;

/** Whether `value` is an error, of whatever realm: one that the engine made, or of a class that extends `Error`, as `DOMException` does. */
export function isError(value: unknown): value is Error {
  if (types.isNativeError(value) || isInstance(value, Error)) return true;
  if (typeof value !== "object" || value === null) return false;
  let ancestor: object | null = value;
  for (let depth = 0; depth < ancestorsMax; depth++) {
    // Asking a Proxy would run the program's code, which may throw, and answer as it likes.
    if (types.isProxy(ancestor)) return false;
    ancestor = Object.getPrototypeOf(ancestor);
    if (ancestor === null) return false;
    if (nativeClassOf(ancestor) === "Error") return true;
  }
  return false;
}
