import { Actor } from "@foundation/actor";
import { expect, it } from "vitest";
import { type SingletonOptions, settingsOf } from "./singleton-options.ts";

class Queue extends Actor {}

it.each([
  ["arg", 'singleton "jobs": there is no option "arg"; did you mean args?'],
  ["colour", 'singleton "jobs": there is no option "colour"; there are args, timeoutMs, restart, '],
  ["colour", "; arguments of the constructor go into args"],
])("a misspelt option of a singleton gets the name that was meant: %s", (option, text) => {
  const options = { [option]: [] } as SingletonOptions<unknown[]>;
  expect(() => settingsOf("jobs", Queue, options)).toThrow(text);
});
