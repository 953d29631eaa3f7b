import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How a test file begins that `npm test -- --fast` leaves out; the reason follows. */
export const slowMark = "// Slow: ";

/** @returns the marked test files, relative to the root. */
export function slowTests(root: string): string[] {
  const tests = globSync("{packages,test,examples,benchmarks,tools}/**/*.test.ts", {
    cwd: root,
    exclude: (path) => path.endsWith("node_modules"),
  });
  return tests.filter((path) => readFileSync(join(root, path), "utf8").startsWith(slowMark));
}
