import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { FoundationError } from "../errors.ts";
import { expectEnd, expectEndByStop, isExpectedEnd } from "./expected-end.ts";

const end = (): Error => expectEnd(new Error("the system stops"));
const fault = (): Error => new TypeError("a fault of the program");
const because = (cause: unknown): Error => new Error("could not finish", { cause });

/** As `using` makes it of a block that failed with `suppressed` and a clean-up that failed with `error`. */
function suppressed(error: unknown, before: unknown): Error {
  return Object.assign(new Error("both failed"), { name: "SuppressedError", error, suppressed: before });
}

function ofAnotherRealm(errors: unknown[]): Error {
  return runInNewContext("new AggregateError(errors)", { errors }) as Error;
}

/** Holds itself, and no end. */
function endless(): Error {
  const errors: unknown[] = [];
  const error = new AggregateError(errors);
  error.errors.push(error, error, error);
  return because(error);
}

describe("an error is an end in order", () => {
  it.each<[string, Error]>([
    ["when it is one", end()],
    ["when it was caused by one", because(because(end()))],
    ["when all that it holds are", new AggregateError([end(), end()])],
    ["when all that it holds were caused by one", new AggregateError([because(end()), because(end())])],
    ["when it holds others that hold ends", because(new AggregateError([new AggregateError([end()]), end()]))],
    ["when it is of another realm", ofAnotherRealm([end(), because(end())])],
    ["when a block and its clean-up ended with one", suppressed(end(), because(end()))],
    ["when several clean-ups did", suppressed(end(), suppressed(end(), end()))],
    ["when a node that has stopped is called", new FoundationError("stopped", "node a has stopped")],
    ["when it holds a thousand", new AggregateError(Array.from({ length: 1_000 }, end))],
  ])("[X2] %s", (_when, error) => {
    expect(isExpectedEnd(error)).toBe(true);
  });
});

describe("an error during a stop", () => {
  const received = (name: string, code: unknown): Error => Object.assign(new Error("of another node"), { name, code });
  it.each<[string, unknown, boolean]>([
    ["of the runtime is an end", new FoundationError("noproc", "it has ended"), true],
    ["of the runtime of another node is an end", received("ActorError", "noproc"), true],
    ["of the runtime that no stop brings is none", received("ActorError", "badMessage"), false],
    ["of the program is none, whatever its code", received("Error", "noproc"), false],
    ["without a code that can be one is none", received("ActorError", 7), false],
  ])("[X2] %s", (_which, error, isEnd) => {
    expect(expectEndByStop(error)).toBe(isEnd);
  });
});

describe("an error is a failure", () => {
  it.each<[string, unknown]>([
    ["when nothing says otherwise", fault()],
    ["when one of those that it holds is", new AggregateError([end(), fault()])],
    ["when one of those was caused by one", new AggregateError([end(), because(fault())])],
    ["when it holds none", new AggregateError([])],
    ["when the block failed", suppressed(end(), fault())],
    ["when the clean-up failed", suppressed(fault(), end())],
    ["when it holds itself", endless()],
    ["when it is another of the runtime's", new FoundationError("noproc", "it has ended")],
    ["when it is no error", { cause: end() }],
    ["when it cannot be read", new Proxy(fault(), { get: fault })],
  ])("[X2] %s", (_when, error) => {
    expect(isExpectedEnd(error)).toBe(false);
  });
});
