// Runs the tests: npm test -- [--fast] [--watch] [--coverage] [arguments of vitest]. CONTRIBUTING.md says what for.
import { dirname } from "node:path";
import { slowTests } from "./tests/slow-mark.ts";
import { runTool } from "./tool.ts";

const given = process.argv.slice(2);
const own = ["--fast", "--watch"];
const [isFast, isWatching] = own.map((flag) => given.includes(flag));
const args = given.filter((each) => !own.includes(each));

if (isFast) {
  args.push(...slowTests(dirname(import.meta.dirname)).map((path) => `--exclude=${path}`));
  const isReported = args.some((each) => each.startsWith("--reporter"));
  if (!isReported && !isWatching) args.push("--reporter=default", "--reporter=./tools/tests/budget-reporter.ts");
}
if (args.includes("--coverage")) {
  // Those packages whose tests are asked for, or all.
  const asked = args.flatMap((each) => /^packages\/[^/]+/.exec(each)?.[0] ?? []);
  args.push(...asked.map((folder) => `--coverage.include=${folder}/src/**`));
}
runTool("vitest", [isWatching ? "watch" : "run", ...args]);
