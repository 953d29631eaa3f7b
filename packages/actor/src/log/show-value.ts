import { inspect } from "node:util";
import { ActorRef } from "../message/ref.ts";
import { isArray, isInstance } from "../realm/native-class.ts";
import { quoteText, shortenText } from "./escape-text.ts";
import { valueCharactersMax } from "./log-entry.ts";

/** Text that needs no quotes. */
const plain = /^[\p{L}\p{N}_.:/@+,~%()<>[\]#-]+$/u;

/** A field's value on one line; never throws, whatever it is. */
export function showValue(value: unknown): string {
  const text = shortenText(textOf(value), valueCharactersMax);
  return plain.test(text) ? text : quoteText(text);
}

/** A value as text, of bounded depth and length; runs no code of the value's. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (isArray(value) && value.length <= 100 && value.every((each) => typeof each === "string")) {
    return value.join(",");
  }
  try {
    if (isInstance(value, ActorRef)) return value.toString();
    return inspect(value, {
      depth: 3,
      customInspect: false,
      breakLength: Number.POSITIVE_INFINITY,
      compact: true,
      maxArrayLength: 20,
      maxStringLength: 200,
    });
  } catch {
    return `a value (${typeof value}) that cannot be shown`;
  }
}
