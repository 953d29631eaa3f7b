import { withoutStack } from "@foundation/actor/spi";

const errorClasses: ReadonlyMap<string, ErrorConstructor> = new Map(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map((one) => [one.name, one]),
);

/** An error without a stack of this process: it happened elsewhere, and collecting one is what makes errors slow. */
export function receivedError(name: string, message: string): Error {
  const Class = errorClasses.get(name) ?? Error;
  const error = withoutStack(() => new Class(message));
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, writable: true, configurable: true });
  Object.defineProperty(error, "stack", { value: `${name}: ${message}`, writable: true, configurable: true });
  return error;
}
