import { expect, it } from "vitest";
import { ToldInOrder } from "./told-in-order.ts";

it("what happens while something is told is told afterwards, in the order in which it happened", () => {
  const order = new ToldInOrder();
  const heard: string[] = [];
  const tell = (name: string, ...then: readonly string[]): void =>
    order.tell(() => {
      for (const next of then) tell(next, ...(next === "b" ? ["d"] : []));
      heard.push(name);
    });
  tell("a", "b", "c");
  tell("e");
  expect(heard).toEqual(["a", "b", "c", "d", "e"]);
});

it("any number of things may follow from one", () => {
  const order = new ToldInOrder();
  const heard: number[] = [];
  order.tell(() => {
    for (let at = 0; at < 20_000; at++) order.tell(() => heard.push(at));
    expect(heard).toEqual([]);
  });
  expect(heard).toEqual(Array.from({ length: 20_000 }, (_, at) => at));
});

it("what follows from itself for ever ends as an endless recursion does, and later things are told", () => {
  const order = new ToldInOrder();
  const [heard, errors]: [string[], unknown[]] = [[], []];
  let times = 0;
  const again = (): void =>
    order.tell(() => {
      times++;
      try {
        again();
      } catch (error) {
        errors.push(error);
      }
    });
  again();
  expect(times).toBeGreaterThan(1_000);
  expect(errors[0]).toBeInstanceOf(RangeError);
  order.tell(() => heard.push("later"));
  expect(heard).toEqual(["later"]);
});
