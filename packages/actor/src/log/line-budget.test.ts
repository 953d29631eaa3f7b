import { expect, test } from "vitest";
import { LineBudget } from "./line-budget.ts";

test("20 lines at once, then 20 a minute, and never more than 20 at once", () => {
  let now = 0;
  const budget = new LineBudget(() => now);
  const take = (): number => {
    let lines = 0;
    for (; budget.hasRoom && lines < 1_000; lines++) budget.spend();
    return lines;
  };
  expect(take()).toBe(20);
  now = 2_999;
  expect(take()).toBe(0);
  now = 3_000;
  expect(take()).toBe(1);
  let later = 0;
  for (let tick = 0; tick < 600; tick++) {
    now += 100;
    later += take();
  }
  expect(later).toBe(20);
  now += 86_400_000;
  expect(take()).toBe(20);
});
