import { describe, expect, it } from "vitest";
import { nearestOf } from "./nearest-name.ts";

const names = ["name", "port", "tls", "seeds", "args", "timeoutMs", "clusterName", "cluster"];

describe("the nearest of some names", () => {
  it.each([
    ["nmae", "name"],
    ["prot", "port"],
    ["tsl", "tls"],
    ["agrs", "args"],
    ["sedes", "seeds"],
    ["timeuotMs", "timeoutMs"],
    ["timeoutms", "timeoutMs"],
    ["TIMEOUTMS", "timeoutMs"],
    ["timeotMs", "timeoutMs"],
    ["tiimeoutMss", "timeoutMs"],
    ["clustrename", "clusterName"],
    ["clustre", "cluster"],
    ["eman", undefined],
    ["xyz", undefined],
    ["", undefined],
    ["clusterNam", "clusterName"],
  ])("[Y20][Y22] is, of %j, %j", (misspelt, meant) => {
    expect(nearestOf(misspelt, names)).toBe(meant);
  });

  it("[Y22] agrees with the whole table of distances, for words of all kinds", () => {
    const letters = ["a", "b", "c"];
    const words = letters.flatMap((x) =>
      letters.flatMap((y) => letters.flatMap((z) => [`${x}${y}${z}long`, `lo${x}${y}${z}`])),
    );
    for (const one of words) {
      for (const other of words) {
        const isNear = wholeTable(one, other) <= 2;
        expect([one, other, nearestOf(one, [other]) === other]).toEqual([one, other, isNear]);
      }
    }
  });

  it("[Y22] is the nearer one, wherever it stands", () => {
    expect(nearestOf("jbos", ["jabs", "jobs", "boss"])).toBe("jobs");
    expect(nearestOf("jbos", ["jobs", "boss", "jabs"])).toBe("jobs");
  });

  it("[Y22] is found in names of any length", () => {
    const long = "x".repeat(10_000);
    expect(nearestOf(`${long}y`, [long, `y${long}`])).toBe(long);
    expect(nearestOf(long, ["y".repeat(10_000)])).toBeUndefined();
  });
});

/** Optimal string alignment as textbooks have it. */
function wholeTable(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i + j));
  const at = (i: number, j: number): number => table[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      (table[i] as number[])[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        isSwapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(a.length, b.length);
}
