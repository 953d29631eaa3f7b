import { expect, it } from "vitest";
import { EventHistory } from "./event-history.ts";

it("keeps the last events, in the order of their times", () => {
  const history = new EventHistory(10);
  const now = Date.now();
  for (let index = 0; index < 1_000; index++) history.add("a", `event ${index}`, now + index);
  history.add("b", "late", now + 998.5);
  expect(history.last(3).map(({ who, what }) => `${who} ${what}`)).toEqual(["a event 998", "b late", "a event 999"]);
  const kept = history.last(1_000).length;
  expect(kept).toBeGreaterThanOrEqual(10);
  expect(kept).toBeLessThan(20);
});
