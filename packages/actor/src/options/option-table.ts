import { ActorError, FoundationError } from "../errors.ts";
import { isArray, isInstance } from "../realm/native-class.ts";
import { nearestOf } from "./nearest-name.ts";
import type { OptionPlace, OptionRule } from "./option-rule.ts";

/** A rule for each option. */
export type OptionRules<Options extends object> = { readonly [Name in keyof Required<Options>]: OptionRule };

/** Makes the error of a refused option. */
export type Refuse = (message: string) => Error;

/** Refusals that a table made, of whatever class. */
const refusals = new WeakSet<object>();

const refuseAsActorError: Refuse = (message) => new ActorError("invalidOption", message);

/** Longer values are shown in part. Characters. */
const shownMax = 80;

/**
 * Checks one kind of options where they are given: every value, and that there is none of another name.
 *
 * ```ts
 * import { OptionTable, optionRule } from "@foundation/actor/spi";
 *
 * const retryOptions = new OptionTable<{ times?: number; factor?: number }>("retry", {
 *   times: optionRule.wholeNumber({ min: 1 }),
 *   factor: optionRule.finiteNumber({ min: 1 }),
 * });
 * try {
 *   retryOptions.check({ times: Number.NaN });
 * } catch (error) {
 *   console.log((error as Error).message); // retry: times is NaN; allowed: a whole number of 1 or more
 * }
 * ```
 *
 * Options that are `undefined` count as not given. A check costs some 20 ns for each option that is given, so it may stand in a spawn.
 *
 * When not to use it: for what comes from elsewhere, as messages and files do, use a schema.
 */
export class OptionTable<Options extends object> {
  readonly #what: string;
  readonly #rules: ReadonlyMap<string, OptionRule>;
  readonly #required: readonly string[];
  readonly #refuse: Refuse;

  /** @param what whose options they are, for the error's text. @param refuse makes the error; default an ActorError `invalidOption`. */
  constructor(what: string, rules: OptionRules<Options>, refuse: Refuse = refuseAsActorError) {
    this.#what = what;
    this.#rules = new Map<string, OptionRule>(Object.entries(rules));
    this.#required = [...this.#rules].filter(([, { isRequired }]) => isRequired).map(([name]) => name);
    this.#refuse = refuse;
  }

  /**
   * Refuses `options` unless every one fits.
   *
   * @param what whose options they are, when that says more than the table's own words.
   * @throws what the table's `refuse` makes, by default ActorError `invalidOption`.
   */
  check(options: unknown, what: string = this.#what): void {
    this.#check(options, { what, path: "" });
  }

  /** Refuses what concerns several options. @throws as {@link check}. */
  refuse(message: string): never {
    throw this.#refusal(`${this.#what}: ${message}`);
  }

  #refusal(message: string): Error {
    const error = this.#refuse(message);
    refusals.add(error);
    return error;
  }

  /** As the rule of an option that is an object of these options. */
  asRule(): OptionRule {
    return {
      allowed: "an object of options",
      fits: isObject,
      inside: (value, place) => this.#check(value, place),
    };
  }

  /** Getters and proxies are the program's: one that throws gives no options. */
  #check(options: unknown, place: OptionPlace): void {
    try {
      this.#checkAll(options, place);
    } catch (error) {
      if (isInstance(error, FoundationError) || refusals.has(Object(error))) throw error;
      const refusal = this.#refusal(`${place.what}: the options cannot be read; allowed: an object`);
      refusal.cause = error;
      throw refusal;
    }
  }

  #checkAll(options: unknown, place: OptionPlace): void {
    const { what, path } = place;
    if (!isObject(options)) throw this.#refusal(`${what}: the options are ${shown(options)}; allowed: an object`);
    for (const name of this.#required) {
      if (options[name] !== undefined) continue;
      throw this.#refusal(`${what}: ${path}${name} is missing; allowed: ${this.#rules.get(name)?.allowed}`);
    }
    // Inherited ones count as well: who reads the options finds them, too.
    for (const name in options) this.#checkOne(options, name, place);
  }

  #checkOne(options: Record<string, unknown>, name: string, { what, path }: OptionPlace): void {
    const rule = this.#rules.get(name);
    if (rule === undefined) {
      // Something that all objects inherit is nobody's mistake here.
      if (!Object.hasOwn(options, name)) return;
      throw this.#refusal(`${what}: there is no option ${JSON.stringify(path + name)}; ${this.#advice(name)}`);
    }
    const value = options[name];
    if (value === undefined) return;
    if (!rule.fits(value)) {
      throw this.#refusal(`${what}: ${path}${name} is ${shown(value)}; allowed: ${rule.allowed}`);
    }
    rule.inside?.(value, { what, path: `${path}${name}.` });
  }

  #advice(name: string): string {
    const names = [...this.#rules].filter(([, { isUnlisted }]) => isUnlisted !== true).map(([each]) => each);
    const nearest = nearestOf(name, names);
    if (nearest !== undefined) return `did you mean ${nearest}?`;
    const home = [...this.#rules].find(([, { takes }]) => takes !== undefined);
    const hint = home === undefined ? "" : `; ${home[1].takes} go into ${home[0]}`;
    return `there are ${names.join(", ")}${hint}`;
  }
}

/**
 * Checks a value that is given by its place, not by a name.
 *
 * @param what names it in the error's text.
 * @throws ActorError `invalidOption`.
 */
export function checkValue(what: string, value: unknown, rule: OptionRule): void {
  if (!isFitting(value, rule))
    throw new ActorError("invalidOption", `${what} is ${shown(value)}; allowed: ${rule.allowed}`);
  rule.inside?.(value, { what, path: "" });
}

/** A proxy that throws when it is looked at fits nothing. */
function isFitting(value: unknown, rule: OptionRule): boolean {
  try {
    return rule.fits(value);
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !isArray(value);
}

/** A value as it stands in an error: short, and whatever it is. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string": {
      // Of a long one no more is looked at than is shown.
      const quoted = JSON.stringify(value.slice(0, shownMax));
      return quoted.length > shownMax ? `${quoted.slice(0, shownMax - 4)}..."` : quoted;
    }
    case "symbol": {
      const text = String(value);
      return text.length > shownMax ? `${text.slice(0, shownMax - 4)}...)` : text;
    }
    case "function":
      return "a function";
    case "object":
      if (value === null) return "null";
      return isArray(value) ? `an array of ${value.length}` : "an object";
    case "bigint":
      return `${String(value).slice(0, shownMax)}n`;
    default:
      return String(value);
  }
}
