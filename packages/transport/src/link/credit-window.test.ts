import { expect, test } from "vitest";
import { CreditWindow } from "./credit-window.ts";

/** Sends `count` frames as the window allows over a line that takes `lineMs` a frame, `delayMs` apart from that. @returns the largest number under way. */
function run(window: CreditWindow, count: number, { lineMs, delayMs }: { lineMs: number; delayMs: number }): number {
  const arrivals: number[] = [];
  let now = 0;
  let most = 0;
  for (let sent = 0; sent < count || arrivals.length > 0; ) {
    if (sent < count && window.isOpen) {
      window.spend(now);
      arrivals.push(Math.max(now + delayMs, arrivals.at(-1) ?? 0) + lineMs);
      sent++;
      // Once it has found its size.
      if (sent > count / 2) most = Math.max(most, arrivals.length);
    } else {
      now = Math.max(now, arrivals.shift() ?? now);
      expect(window.grant(1, now)).toBe(true);
    }
  }
  return most;
}

test("a fast line gets all credits", () => {
  expect(run(new CreditWindow(8), 500, { lineMs: 0.1, delayMs: 0.2 })).toBe(8);
});

test("a long line gets all credits, as long as nothing waits in it", () => {
  expect(run(new CreditWindow(8), 500, { lineMs: 0.1, delayMs: 50 })).toBe(8);
});

test("a slow line gets so few that about 5 ms wait in it, and never none", () => {
  expect(run(new CreditWindow(16), 500, { lineMs: 2.6, delayMs: 0.3 })).toBeLessThanOrEqual(4);
  expect(run(new CreditWindow(4), 500, { lineMs: 50, delayMs: 0.3 })).toBeGreaterThanOrEqual(1);
});

test("credit that was never spent is refused", () => {
  const window = new CreditWindow(4);
  window.spend(0);
  expect(window.grant(2, 1)).toBe(false);
  expect(window.grant(1, 1)).toBe(true);
  expect(window.grant(1, 1)).toBe(false);
  expect(window.roundTripMs).toBe(1);
});
