import { inspect } from "node:util";
import { isArray, isInstance } from "../realm/native-class.ts";
import { quoteText, shortenText } from "./escape-text.ts";
import { valueCharactersMax } from "./log-entry.ts";

/** Text that needs no quotes. */
const plain = /^[\p{L}\p{N}_.:/@+,~%()<>[\]#-]+$/u;

/** Shows what belongs to one class of the runtime; undefined for everything else. */
type Shower = (value: unknown) => string | undefined;

/** Told by the classes themselves: what writes logs lies below them. */
const showers: Shower[] = [];

/** Has logs and errors show objects of a class of the runtime as `describe` says, instead of their insides. */
export function showAs<T>(ofClass: abstract new (...args: never[]) => T, describe: (object: T) => string): void {
  showers.push((value) => (isInstance(value, ofClass) ? describe(value) : undefined));
}

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
    for (const show of showers) {
      const text = show(value);
      if (text !== undefined) return text;
    }
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
