import { isArray, isInstance } from "../realm/native-class.ts";

/** Whose options are being checked, and the names that lead to them from the outermost ones, each followed by a dot. */
export interface OptionPlace {
  readonly what: string;
  readonly path: string;
}

/** What one option may be. */
export interface OptionRule {
  /** In words, as they stand behind `allowed: `. */
  readonly allowed: string;
  fits(value: unknown): boolean;
  /** Whether the option must be given. */
  readonly isRequired?: boolean;
  /** Whether errors keep silent about the option: it is there for the runtime itself. */
  readonly isUnlisted?: boolean;
  /** What belongs into this option and is often given beside it, for the error about an unknown name. */
  readonly takes?: string;
  /** For an option that is itself an object of options: checks those. */
  inside?(value: unknown, where: OptionPlace): void;
}

/** The numbers that an option takes. */
export interface NumberRange {
  /** The least one. */
  readonly min?: number;
  /** Anything more than this. */
  readonly above?: number;
  /** The greatest one. */
  readonly max?: number;
  /** What it counts, for the error's text. */
  readonly unit?: string;
}

/** A rule in words and as a predicate. */
export function rule(allowed: string, fits: (value: unknown) => boolean): OptionRule {
  return { allowed, fits };
}

/** A whole number, exact. */
export function wholeNumber(range: NumberRange = {}): OptionRule {
  return rule(`a whole number${inWords(range)}`, (value) => Number.isSafeInteger(value) && isWithin(value, range));
}

/** A finite number. */
export function finiteNumber(range: NumberRange = {}): OptionRule {
  return rule(`a number${inWords(range)}`, (value) => Number.isFinite(value) && isWithin(value, range));
}

/** A finite number of milliseconds. */
export function milliseconds(range: NumberRange = { above: 0 }): OptionRule {
  return finiteNumber({ ...range, unit: "ms" });
}

/** A boolean. */
export const flag: OptionRule = rule("true and false", (value) => typeof value === "boolean");
/** A string, empty ones too. */
export const text: OptionRule = rule("a string", (value) => typeof value === "string");
/** A function. */
export const callback: OptionRule = rule("a function", (value) => typeof value === "function");
/** An array, whatever is in it. */
export const list: OptionRule = rule("an array", isArray);
/** An object of named values, as the fields of a log event are. */
export const fields: OptionRule = rule(
  "an object of named values",
  (value) => typeof value === "object" && value !== null && !isArray(value),
);
/** `Infinity`, for times without an end: beside others with {@link either}. */
export const infinite: OptionRule = rule("Infinity", (value) => value === Number.POSITIVE_INFINITY);
/** What is looked at by its user, as the arguments of a program's class are. */
export const anything: OptionRule = rule("anything", () => true);

/** One of a few strings. */
export function oneOf(...values: readonly string[]): OptionRule {
  const known: ReadonlySet<unknown> = new Set(values);
  return rule(values.join(", "), (value) => known.has(value));
}

/** What fits one of `rules`. */
export function either(...rules: readonly OptionRule[]): OptionRule {
  const allowed = rules.map((each) => each.allowed).join("; ");
  return rule(allowed, (value) => rules.some((each) => each.fits(value)));
}

/** An array whose elements all fit; a hole is one that is undefined. */
export function listOf(each: OptionRule): OptionRule {
  return rule(
    `an array, each element ${each.allowed}`,
    (value) => isArray(value) && Array.from(value).every((element) => each.fits(element)),
  );
}

/** An object that has functions of these names: an interface that a program may implement. */
export function objectWith(what: string, ...methods: readonly string[]): OptionRule {
  return rule(`${what}: an object with ${methods.map((name) => `${name}()`).join(", ")}`, (value) => {
    if (typeof value !== "object" || value === null) return false;
    return methods.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
  });
}

/** An instance of a class whose other copies would not do. */
export function instanceOf(what: string, type: abstract new (...args: never[]) => object): OptionRule {
  return rule(what, (value) => isInstance(value, type));
}

/** The same, and it has to be given. */
export function required(each: OptionRule): OptionRule {
  return { ...each, isRequired: true };
}

function isWithin(value: unknown, { min, above, max }: NumberRange): boolean {
  const number = value as number;
  if (min !== undefined && number < min) return false;
  if (above !== undefined && number <= above) return false;
  return max === undefined || number <= max;
}

function inWords({ min, above, max, unit }: NumberRange): string {
  const after = unit === undefined ? "" : ` ${unit}`;
  if (above !== undefined) return ` above ${above}${max === undefined ? "" : `, at most ${max}`}${after}`;
  if (min === undefined) return max === undefined ? after : ` of at most ${max}${after}`;
  return max === undefined ? ` of ${min} or more${after && ` (${unit})`}` : ` from ${min} to ${max}${after}`;
}
