import { isDeepStrictEqual } from "node:util";
import { ActorRef } from "@foundation/actor";
import { isPlainObject } from "@foundation/actor/spi";
import type { AnyMessage, AnyPattern } from "./probe-message.ts";

/** What `expect.any(Number)` and its like are made of in vitest, jest and others. */
interface AsymmetricMatcher {
  asymmetricMatch(actual: unknown): boolean;
}

/** Whether `message` is one that `pattern` means. */
export function matchesPattern(pattern: AnyPattern | undefined, message: AnyMessage): boolean {
  if (pattern === undefined) return true;
  if (typeof pattern === "function") return pattern(message);
  if ("message" in pattern) return message.kind === "message" && matchesValue(pattern.message, message.message);
  if (message.kind !== "call" || message.method !== pattern.method) return false;
  return pattern.args === undefined || matchesValue(pattern.args, message.args);
}

/** Whether two values are equal: by their content, refs by whom they reach, asymmetric matchers by their own word. */
export function matchesValue(expected: unknown, actual: unknown): boolean {
  if (isAsymmetric(expected)) return expected.asymmetricMatch(actual);
  if (expected instanceof ActorRef) return actual instanceof ActorRef && expected.equals(actual);
  if (Array.isArray(expected)) return Array.isArray(actual) && matchesEach(expected, actual);
  if (isPlainObject(expected)) return isPlainObject(actual) && matchesEach(expected, actual);
  return isDeepStrictEqual(expected, actual);
}

function matchesEach(expected: object, actual: object): boolean {
  const keys = Object.keys(expected);
  if (keys.length !== Object.keys(actual).length) return false;
  return keys.every(
    (key) => Object.hasOwn(actual, key) && matchesValue(Reflect.get(expected, key), Reflect.get(actual, key)),
  );
}

function isAsymmetric(value: unknown): value is AsymmetricMatcher {
  return (
    typeof value === "object" &&
    value !== null &&
    "asymmetricMatch" in value &&
    typeof value.asymmetricMatch === "function"
  );
}
