import { expect, it } from "vitest";
import { inTurn, merge } from "./rounds.ts";

it("runs the contenders in turn and takes the median of each figure", async () => {
  const order: string[] = [];
  const round = (name: string, figures: number[]) => async () => {
    order.push(name);
    const figure = figures.shift() ?? Number.NaN;
    return { rate: figure, time: -figure };
  };
  const found = await inTurn(3, { ours: round("ours", [5, 1, 3]), bare: round("bare", [7, 9, 8]) });
  expect(found).toEqual({ ours: { rate: 3, time: -3 }, bare: { rate: 8, time: -8 } });
  expect(order).toEqual(["ours", "bare", "ours", "bare", "ours", "bare"]);
});

it("puts the cases of a system together", () => {
  expect(merge([{ ours: { tell: 1 }, bare: { tell: 2 } }, { ours: { ask: 3 } }])).toEqual({
    ours: { tell: 1, ask: 3 },
    bare: { tell: 2 },
  });
});
