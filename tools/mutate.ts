// Makes small wrong changes, one at a time, in a copy of the tree, and says which of them no test notices.
// npm run mutate -- --files GLOB [--count N] [--seed S] [--tests PATHS] [--only K,L]; CONTRIBUTING.md says how to read it.
import { type ChildProcess, spawn } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type Mutation, mutationsOf } from "./mutate/mutations.ts";
import { removeScratch, scratchCopy } from "./mutate/scratch-copy.ts";

const usage = `usage: npm run mutate -- --files GLOB [--count N] [--seed S] [--tests PATHS] [--only K,L]
  --files GLOB    sources to change, as packages/transport/src/link/*.ts; their tests are left alone
  --count N       so many changes, drawn from all by the seed; default 100
  --seed S        default 1; the same seed and sources give the same changes
  --tests A,B     run these tests, in this order; default: the package's, then all others that name what the file exports
  --only K,L      only the changes of these numbers`;
/** A run that takes this much longer than the one without a change hangs. */
const patience = 4;
/** Milliseconds that every run may take besides. */
const graceMs = 20_000;
/** Characters of what tests print that are kept. */
const printedMax = 100_000;

const root = dirname(import.meta.dirname);

interface Mutant extends Mutation {
  readonly number: number;
  readonly file: string;
}

function fail(text: string): never {
  process.stderr.write(`${text}\n${usage}\n`);
  process.exit(2);
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      files: { type: "string" },
      count: { type: "string", default: "100" },
      seed: { type: "string", default: "1" },
      tests: { type: "string" },
      only: { type: "string" },
    },
  });
  const [count, seed] = [Number(values.count), Number(values.seed)];
  const only = values.only?.split(",").map(Number);
  if (![count, seed, ...(only ?? [])].every(Number.isSafeInteger)) fail("--count, --seed and --only are whole numbers");
  const files = globSync(values.files ?? fail("--files is missing"), { cwd: root }).filter(
    (file) => file.endsWith(".ts") && !/\.test(-d)?\.ts$/.test(file),
  );
  if (files.length === 0) fail(`no sources match ${values.files}`);
  return { files: files.sort(), count, seed, only, tests: values.tests?.split(",") };
}

/** A generator of numbers from 0 to 1 (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function drawMutants(files: readonly string[], count: number, seed: number): Mutant[] {
  const all = files.flatMap((file) =>
    mutationsOf(readFileSync(join(root, file), "utf8")).map((each) => ({ ...each, file })),
  );
  const random = randomOf(seed);
  const drawn: Mutant[] = [];
  while (drawn.length < count && all.length > 0) {
    const [mutation] = all.splice(Math.floor(random() * all.length), 1);
    if (mutation !== undefined) drawn.push({ ...mutation, number: drawn.length + 1 });
  }
  return drawn;
}

const testFiles = globSync("{packages,test}/**/*.test.ts", { cwd: root, exclude: (name) => name === "node_modules" });

/** Where a change of `file` may be noticed: lists of tests, those that are quick and near first. */
function testsOf(file: string): string[][] {
  const near = testFiles.filter((test) => test.startsWith(`${file.split("/").slice(0, 2).join("/")}/`));
  const exported = readFileSync(join(root, file), "utf8").matchAll(
    /^export (?:abstract )?(?:class|function|const) (\w+)/gm,
  );
  const names = [basename(file, ".ts"), ...Array.from(exported, ([, name]) => name ?? "")];
  const mention = new RegExp(`\\b(?:${names.join("|")})\\b`);
  const far = testFiles.filter((test) => !near.includes(test) && mention.test(readFileSync(join(root, test), "utf8")));
  return [near, far].filter((each) => each.length > 0);
}

const { files, count, seed, only, tests } = readArguments();
const scratch = scratchCopy(root);
let running: ChildProcess | undefined;

function killRunning(): void {
  // With the processes that tests have started.
  if (running?.pid !== undefined) process.kill(-running.pid, "SIGKILL");
  running = undefined;
}

process.on("exit", () => removeScratch(scratch));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    killRunning();
    process.exit(130);
  });
}

/** What came of a change or of tests without one; `by` names the test that failed first. */
type Outcome = { readonly kind: "survived" | "hung" } | { readonly kind: "noticed"; readonly by: string };

/** Runs tests in the copy. */
function runTests(paths: readonly string[], timeoutMs: number): Promise<Outcome> {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const child = spawn(
    process.execPath,
    [vitest, "run", "--bail", "1", "--reporter", "default", "--no-color", ...paths],
    {
      cwd: scratch,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    },
  );
  running = child;
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text: Buffer) => {
      printed = (printed + text.toString()).slice(-printedMax);
    });
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      killRunning();
      resolve({ kind: "hung" });
    }, timeoutMs);
    child.on("exit", (code) => {
      clearTimeout(timer);
      running = undefined;
      const [, by = "an error outside of tests"] = /^\s*FAIL\s+(.*)$/m.exec(printed) ?? [];
      resolve(code === 0 ? { kind: "survived" } : { kind: "noticed", by });
    });
  });
}

const usualMs = new Map<string, number>();

/** How long these tests take without a change. */
async function usualTime(paths: readonly string[]): Promise<number> {
  const key = paths.join(" ");
  const known = usualMs.get(key);
  if (known !== undefined) return known;
  const startedAt = performance.now();
  const outcome = await runTests(paths, 600_000);
  if (outcome.kind !== "survived") fail(`these tests do not pass without a change: ${key}: ${JSON.stringify(outcome)}`);
  usualMs.set(key, performance.now() - startedAt);
  return performance.now() - startedAt;
}

async function outcomeOf({ file, start, end, text }: Mutant): Promise<Outcome> {
  const source = readFileSync(join(root, file), "utf8");
  try {
    for (const paths of tests?.map((each) => [each]) ?? testsOf(file)) {
      writeFileSync(join(scratch, file), source);
      const timeoutMs = patience * (await usualTime(paths)) + graceMs;
      writeFileSync(join(scratch, file), source.slice(0, start) + text + source.slice(end));
      const outcome = await runTests(paths, timeoutMs);
      if (outcome.kind !== "survived") return outcome;
    }
    return { kind: "survived" };
  } finally {
    writeFileSync(join(scratch, file), source);
  }
}

const startedAt = performance.now();
const counts = { survived: 0, noticed: 0, hung: 0 };
for (const mutant of drawMutants(files, count, seed)) {
  if (only !== undefined && !only.includes(mutant.number)) continue;
  const outcome = await outcomeOf(mutant);
  counts[outcome.kind]++;
  const by = outcome.kind === "noticed" ? `\n    by ${outcome.by}` : "";
  process.stdout.write(`${outcome.kind} ${mutant.number} ${mutant.file}:${mutant.line}  ${mutant.what}${by}\n`);
}
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
const { survived, noticed, hung } = counts;
process.stdout.write(`${survived} survived, ${noticed} noticed, ${hung} hung; seed ${seed}, ${seconds} s\n`);
process.exit(survived === 0 ? 0 : 1);
