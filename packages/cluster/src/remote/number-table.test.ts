import { describe, expect, it } from "vitest";
import { NumberTable } from "./number-table.ts";

/** What both hold, in any order, and what they say of numbers near those that they had. */
function expectAlike(table: NumberTable<string>, map: ReadonlyMap<number, string>): void {
  expect(table.size).toBe(map.size);
  expect([...table.values()].sort()).toEqual([...map.values()].sort());
}

describe("a table by number", () => {
  it.each([1, 2, 3, 4])("says what a Map says (seed %i)", (seed) => {
    const table = new NumberTable<string>();
    const map = new Map<number, string>();
    let state = seed;
    const random = (below: number): number => ((state = (state * 48_271) % 2_147_483_647) >>> 4) % below;
    let last = seed === 4 ? 2 ** 32 - 500 : 0;
    for (let step = 0; step < 20_000; step++) {
      // It grows and shrinks in waves; mostly numbers count upwards, and some are left out.
      const isGrowing = Math.floor(step / 1_000) % 2 === 0;
      if (random(10) < (isGrowing ? 6 : 4)) {
        last += 1 + (random(20) === 0 ? random(1_000) : 0);
        table.set(last, `${last}`);
        map.set(last, `${last}`);
      } else {
        const keys = [...map.keys()];
        const key = random(8) === 0 ? random(last + 1) : (keys[random(Math.max(1, keys.length))] ?? 1);
        expect(table.delete(key)).toBe(map.delete(key));
      }
      const asked = Math.max(0, last - random(600));
      if (table.get(asked) !== map.get(asked)) expect.fail(`another value of ${asked} at step ${step}`);
      if (step % 500 === 0) expectAlike(table, map);
    }
    expectAlike(table, map);
    table.clear();
    expectAlike(table, new Map());
  });

  it("takes numbers that share a place, and gives each back when those before it are gone", () => {
    const table = new NumberTable<string>();
    // Alike in their last 32 bits, which alone say where they belong; the last one stands elsewhere.
    const keys = [0, 2 ** 32, 2 * 2 ** 32, 3 * 2 ** 32, 4 * 2 ** 32, 17];
    for (const key of keys) table.set(key, `${key}`);
    for (const [index, key] of keys.entries()) {
      expect(table.delete(key)).toBe(true);
      expect(table.delete(key)).toBe(false);
      for (const later of keys.slice(index + 1)) expect(table.get(later)).toBe(`${later}`);
    }
    expect(table.size).toBe(0);
  });

  it("has nothing before it was given something", () => {
    const table = new NumberTable<string>();
    expect([table.get(0), table.get(7), table.delete(7), table.size, ...table.values()]).toEqual([
      undefined,
      undefined,
      false,
      0,
    ]);
  });
});
