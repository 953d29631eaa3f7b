import { escapeText, nearestOf } from "@foundation/actor/spi";
import type { z } from "zod";

/** Keys of one object that an error names. */
const keysShownMax = 10;
/** An object of more options than this is not listed: its documentation is. */
const listedMax = 16;

type RawIssue = z.core.$ZodRawIssue;

/**
 * What is wrong with an option, in the words of all options' errors; for `schema.safeParse(options, { error: optionText })`. What a schema
 * says itself goes first.
 */
export function optionText(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? `is missing: ${typeText(issue.expected)}` : typeText(issue.expected);
    case "invalid_value":
      return `must be ${inWords(issue.values.map((value) => JSON.stringify(value) ?? String(value)))}`;
    case "too_small":
      return `must ${boundText(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum)}`;
    case "too_big":
      return `must ${boundText(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum)}`;
    case "unrecognized_keys":
      return unknownKeys(issue.keys, knownKeys(issue));
    default:
      return undefined;
  }
}

function typeText(expected: string): string {
  switch (expected) {
    case "boolean":
      return "must be true or false";
    case "int":
      return "must be a whole number";
    case "array":
      return "must be an array";
    case "object":
      return "must be an object of options";
    default:
      return `must be a ${expected}`;
  }
}

function boundText(origin: string, relation: string, bound: number | bigint): string {
  if (origin === "string") return `have ${relation} ${bound} ${bound === 1 ? "character" : "characters"}`;
  if (origin === "array") return `have ${relation} ${bound} ${bound === 1 ? "entry" : "entries"}`;
  return `be ${relation} ${bound}`;
}

function inWords(values: readonly string[]): string {
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

/** The names that the object may have, when its schema says so. */
function knownKeys(issue: RawIssue): readonly string[] {
  const { shape } = (issue.inst?._zod.def ?? {}) as { readonly shape?: object };
  return shape === undefined ? [] : Object.keys(shape);
}

function unknownKeys(keys: readonly string[], known: readonly string[]): string {
  const texts = keys.slice(0, keysShownMax).map((key) => {
    const nearest = nearestOf(key, known);
    const advice = nearest === undefined ? "" : `, did you mean ${nearest}?`;
    return `${shorten(escapeText(JSON.stringify(key)))} is no option${advice}`;
  });
  const isListed = known.length > 0 && known.length <= listedMax && texts.some((text) => !text.endsWith("?"));
  return isListed ? `${texts.join("; ")}; there are ${known.join(", ")}` : texts.join("; ");
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
