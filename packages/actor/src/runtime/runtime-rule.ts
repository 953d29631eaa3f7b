import { type OptionRule, objectWith, rule } from "../options/option-rule.ts";
import { logRule } from "./log.ts";

const methods = objectWith(
  "a Runtime",
  "now",
  "wallTime",
  "setTimer",
  "microtask",
  "nextTurn",
  "random",
  "randomBytes",
);

/** What every `Runtime` can do; the rest is optional. */
export const runtimeRule: OptionRule = rule(
  `${methods.allowed}, and a log`,
  (value) => methods.fits(value) && logRule.fits((value as { readonly log?: unknown }).log),
);
