import { beforeEach, describe, expect, it } from "vitest";
import { TurnSlice } from "./turn-slice.ts";

describe("the time of one kind of work in a turn of the event loop", () => {
  let now: number;
  /** Looks at the clock. */
  let looks: number;
  let turns: (() => void)[];
  let slice: TurnSlice;

  beforeEach(() => {
    now = 1_000;
    turns = [];
    slice = new TurnSlice({
      now: () => {
        looks++;
        return now;
      },
      nextTurn: (callback) => void turns.push(callback),
    });
    slice.open();
    looks = 0;
  });

  /** Lets these many steps of `ms` milliseconds each begin. @returns what each was told. */
  function steps(count: number, ms: number): boolean[] {
    return Array.from({ length: count }, () => {
      const isSpent = slice.isSpentBeforeStep();
      now += ms;
      return isSpent;
    });
  }

  it("is looked at in groups of up to 16 steps while these are quick", () => {
    expect(steps(1_000, 0).includes(true)).toBe(false);
    // Before steps 1, 3, 7 and 15, then before every 16th.
    expect(looks).toBe(4 + Math.floor((1_000 - 15) / 16));
  });

  it("is looked at before each step once a group was slow", () => {
    steps(3, 0.5);
    const before = looks;
    expect(steps(1, 0.5)).toEqual([false]);
    expect(steps(2, 0)).toEqual([true, true]);
    expect(looks).toBe(before + 2);
  });

  it("is 2 ms, and over until the turn is", () => {
    now += 1.9;
    expect([slice.look(), slice.isSpent]).toEqual([false, false]);
    now += 0.1;
    expect([slice.look(), slice.isSpent]).toEqual([true, true]);
    const before = looks;
    slice.open();
    expect(slice.isSpentBeforeStep()).toBe(true);
    expect([looks, turns.length]).toEqual([before, 1]);
    turns.shift()?.();
    slice.open();
    expect([slice.isSpent, slice.look(), slice.startedAt]).toEqual([false, false, now]);
    expect(turns).toHaveLength(1);
  });
});
