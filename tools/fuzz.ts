// Fuzzing of everything that reads what peers send: npm run fuzz -- [--seed N] [--seconds N] [--target NAME] [--input N]
// Prints a line per target; for each finding its bytes and the command that replays it.
import { parseArgs } from "node:util";
import { inputOf, runCampaign } from "./fuzz/campaign.ts";
import { openTargets, targetNames } from "./fuzz/targets.ts";

const usage = `usage: npm run fuzz -- [--seed N] [--seconds N, in all, default 60] [--target ${targetNames.join("|")}] [--input N]`;

function fail(text: string): never {
  process.stderr.write(`${text}\n${usage}\n`);
  process.exit(2);
}

function readArguments(): { seed: number; seconds: number; names: readonly string[]; input: number | undefined } {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      seconds: { type: "string", default: "60" },
      target: { type: "string" },
      input: { type: "string" },
    },
  });
  const names = values.target === undefined ? targetNames : targetNames.filter((name) => name === values.target);
  if (names.length === 0) fail(`there is no target ${values.target}`);
  const [seed, seconds, input] = [values.seed, values.seconds, values.input ?? "0"].map(Number) as [
    number,
    number,
    number,
  ];
  if (![seed, input].every(Number.isSafeInteger) || !(seconds > 0)) fail("seeds and inputs are whole numbers");
  return { seed, seconds, names, input: values.input === undefined ? undefined : input };
}

const { seed, seconds, names, input } = readArguments();
let failures = 0;
let current = "";
const crash = (error: unknown): void => {
  failures++;
  process.stdout.write(`${current}: unhandled: ${error instanceof Error ? error.stack : String(error)}\n`);
};
process.on("uncaughtException", crash);
process.on("unhandledRejection", crash);

for await (const target of openTargets(names)) {
  current = target.name;
  const startedAt = performance.now();
  const endAt = startedAt + (1_000 * seconds) / names.length;
  const { inputs, bytes, slowestMs, findings } = await runCampaign(target, {
    seed,
    from: input ?? 0,
    goesOn: (count) => (input === undefined ? performance.now() < endAt : count === 0),
  });
  await target.close?.();
  const tookMs = performance.now() - startedAt;
  failures += findings.length;
  for (const { input: number, what, bytes: found } of findings) {
    process.stdout.write(
      `${target.name} ${number}: ${what}\n  ${Buffer.from(found).toString("hex").slice(0, 2_000)}\n`,
    );
    process.stdout.write(`  npm run fuzz -- --target ${target.name} --seed ${seed} --input ${number}\n`);
  }
  const figures = `${inputs} inputs, ${(bytes / 1e6).toFixed(1)} MB, ${((1_000 * inputs) / tookMs).toFixed(0)}/s`;
  process.stdout.write(
    `${target.name}: ${figures}, slowest ${slowestMs.toFixed(1)} ms, ${findings.length} findings, seed ${seed}\n`,
  );
  if (input !== undefined) process.stdout.write(`${Buffer.from(inputOf(target, seed, input)).toString("hex")}\n`);
}
process.exit(failures === 0 ? 0 : 1);
