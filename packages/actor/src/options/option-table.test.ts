import { describe, expect, it } from "vitest";
import { OptionTable, optionRule } from "../spi.ts";

const { callback, either, flag, infinite, list, listOf, milliseconds, objectWith, oneOf, required, text, wholeNumber } =
  optionRule;

interface Inner {
  readonly capacity?: number;
}
interface Options {
  readonly name: string;
  readonly waitMs?: number;
  readonly mode?: string;
  readonly isFast?: boolean;
  readonly done?: () => void;
  readonly ports?: readonly number[];
  readonly clock?: object;
  readonly args?: readonly unknown[];
  readonly inner?: Inner;
}

const inner = new OptionTable<Inner>("mailbox", { capacity: wholeNumber({ min: 1 }) });
const table = new OptionTable<Options>("thing", {
  name: required(text),
  waitMs: either(milliseconds(), infinite),
  mode: oneOf("fast", "slow"),
  isFast: flag,
  done: callback,
  ports: listOf(wholeNumber({ min: 1, max: 65_535 })),
  clock: objectWith("a clock", "now"),
  args: list,
  inner: inner.asRule(),
});

describe("[X12] a table of options", () => {
  it("takes what fits, and undefined for what is not given", () => {
    const now = (): number => 0;
    table.check({ name: "a" });
    table.check({ name: "", waitMs: undefined, mode: undefined });
    table.check({ name: "a", waitMs: Number.POSITIVE_INFINITY, mode: "slow", isFast: false, ports: [1, 65_535] });
    table.check({ name: "a", args: [], clock: { now }, inner: { capacity: 1 }, done: now });
  });

  it.each<[unknown, string]>([
    [{ name: "a", waitMs: Number.NaN }, "thing: waitMs is NaN; allowed: a number above 0 ms; Infinity"],
    [{ name: "a", waitMs: -1 }, "thing: waitMs is -1; "],
    [{ name: "a", waitMs: "5" }, 'thing: waitMs is "5"; '],
    [{ name: "a", waitMs: 5n }, "thing: waitMs is 5n; "],
    [{ name: "a", waitMs: null }, "thing: waitMs is null; "],
    [{ name: "a", mode: "Fast" }, 'thing: mode is "Fast"; allowed: fast, slow'],
    [{ name: "a", mode: "constructor" }, 'thing: mode is "constructor"'],
    [{ name: "a", isFast: 0 }, "thing: isFast is 0; allowed: true and false"],
    [{ name: "a", done: {} }, "thing: done is an object; allowed: a function"],
    [{ name: "a", ports: [1, 0] }, "thing: ports is an array of 2; "],
    [{ name: "a", ports: new Array(2) }, "thing: ports is an array of 2; "],
    [{ name: "a", clock: { now: 1 } }, "thing: clock is an object; allowed: a clock: an object with now()"],
    [{ name: "a", args: { length: 0 } }, "thing: args is an object; allowed: an array"],
    [{ name: "a", inner: { capacity: 0 } }, "thing: inner.capacity is 0; allowed: a whole number of 1 or more"],
    [{ name: "a", inner: 5 }, "thing: inner is 5; allowed: an object of options"],
    [{ name: 7 }, "thing: name is 7; allowed: a string"],
    [{}, "thing: name is missing; allowed: a string"],
    [{ name: "a", waitMS: 5 }, 'thing: there is no option "waitMS"; did you mean waitMs?'],
    [{ name: "a", inner: { capactiy: 5 } }, 'thing: there is no option "inner.capactiy"; did you mean capacity?'],
    [{ name: "a", colour: 5 }, 'thing: there is no option "colour"; there are name, waitMs, mode'],
    [{ name: "a", __proto__x: 5 }, 'thing: there is no option "__proto__x"; '],
    [null, "thing: the options are null; allowed: an object"],
    [[], "thing: the options are an array of 0; "],
    ["x".repeat(1_000), 'thing: the options are "xxx'],
  ])("refuses %o", (options, message) => {
    const refused = expect.objectContaining({ code: "invalidOption", message: expect.stringContaining(message) });
    expect(() => table.check(options)).toThrow(refused);
  });

  it("takes outside text as a name like any other", () => {
    expect(() => table.check(JSON.parse('{"name":"a","__proto__":1}'))).toThrow('there is no option "__proto__"');
    expect(() => table.check({ name: "a", constructor: 1 })).toThrow('there is no option "constructor"');
  });

  it("looks at what options inherit, as their reader does, but not at what all objects have", () => {
    expect(() => table.check(Object.create({ name: "a", waitMs: -1 }))).toThrow("waitMs is -1");
    table.check(Object.create({ name: "a", toolsOfTheProgram: 1 }));
  });

  it("shows values in part when they are long", () => {
    expect(() => table.check({ name: "a", mode: "x".repeat(10_000) })).toThrow(/^.{0,200}$/);
  });
});
