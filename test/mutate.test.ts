import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseAst } from "vitest/node";
import { mutationsOf } from "../tools/mutate/mutations.ts";

const mutantsOf = (source: string): string[] =>
  mutationsOf(source).map(({ start, end, text }) => source.slice(0, start) + text + source.slice(end));

describe("small wrong changes", () => {
  it.each<[source: string, mutants: readonly string[]]>([
    ["a < b;", [";", "a <= b;"]],
    ["x = a === b && !c;", [";", "x = a === b || !c;", "x = a !== b && !c;", "x = a === b && c;"]],
    ["const n = total - 1;", ["const n = total + 1;", "const n = total - 0;"]],
    ["const n = a ?? 7;", ["const n = a;", "const n = a ?? (7 + 1);"]],
    ["const b = is ? one : other;", ["const b = is ? other : one;"]],
    ["async () => { const a = await f(); };", [";", "async () => { const a = (f()); };"]],
    ["if (is) leave();", ["{}", "if (is) ;"]],
    ["if (is) a(); else b();", ["if (is) { b(); } else { a(); }", "if (is) ; else b();", "if (is) a(); else ;"]],
    ["n++;", [";", "n--;"]],
    [
      "class A { f(): void { g(); h(); } }",
      [
        "class A { f(): void { if (this) return; g(); h(); } }",
        "class A { f(): void { ; h(); } }",
        "class A { f(): void { g(); ; } }",
      ],
    ],
    ["system.log.warn('text');", []],
    ["const text = a + ' b';", []],
    ["import a from 'b'; type N = 1 | true; interface I { readonly n: 2 }", []],
  ])("%s", (source, mutants) => {
    expect(mutantsOf(source).sort()).toEqual([...mutants].sort());
  });

  it("are programs that differ from the source, on the line that is said", () => {
    const files = globSync("packages/cluster/src/view/*.ts").filter((file) => !file.endsWith(".test.ts"));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const source = readFileSync(file, "utf8");
      for (const { start, end, text, line } of mutationsOf(source)) {
        expect(text).not.toBe(source.slice(start, end));
        expect(source.split("\n").slice(0, line).join("\n").length).toBeGreaterThanOrEqual(start);
        expect(() => parseAst(source.slice(0, start) + text + source.slice(end), { lang: "ts" })).not.toThrow();
      }
    }
  });
});
