// Runs simulations: npm run simulate -- [--scenario NAME] [--seed N | --seeds A..B] [--trace]
// Prints a line per scenario; for a failure the shortest list of faults that was found and the command that replays it.
import { parseArgs } from "node:util";
import { describeResult, type Scenario, scenarios, shorten, simulate } from "@foundation/testkit";

const usage = "usage: npm run simulate -- [--scenario NAME] [--seed N | --seeds A..B] [--trace]";

function fail(text: string): never {
  process.stderr.write(`${text}\n${usage}\n`);
  process.exit(2);
}

function readArguments(): { chosen: readonly Scenario[]; from: number; to: number; trace: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        scenario: { type: "string" },
        seed: { type: "string" },
        seeds: { type: "string", default: "1..100" },
        trace: { type: "boolean", default: false },
      },
    });
    const chosen = values.scenario === undefined ? scenarios : scenarios.filter(({ name }) => name === values.scenario);
    const names = scenarios.map(({ name }) => name).join(", ");
    if (chosen.length === 0) fail(`no scenario ${values.scenario}; there are ${names}`);
    const [, from, to] =
      /^(\d+)\.\.(\d+)$/.exec(values.seed === undefined ? values.seeds : `${values.seed}..${values.seed}`) ?? [];
    if (from === undefined || Number(from) > Number(to))
      fail("seeds are whole numbers, as in --seed 7 or --seeds 1..100");
    return { chosen, from: Number(from), to: Number(to), trace: values.trace };
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

const { chosen, from, to, trace } = readArguments();
let failures = 0;
for (const scenario of chosen) {
  let failed = 0;
  for (let seed = from; seed <= to; seed++) {
    const result = await simulate(scenario, { seed });
    if (trace && from === to) process.stdout.write(`${result.trace.join("\n")}\n`);
    if (result.violations.length === 0) continue;
    failed++;
    const shortest = await shorten(scenario, result, { seed });
    process.stdout.write(`${describeResult(shortest)}\n`);
    process.stdout.write(
      `shortened from ${result.plan.length} to ${shortest.plan.length} faults; replay the whole run with\n`,
    );
    process.stdout.write(`  npm run simulate -- --scenario ${scenario.name} --seed ${seed} --trace\n`);
  }
  process.stdout.write(`${scenario.name}: seeds ${from}..${to}, ${failed} failed\n`);
  failures += failed;
}
process.exit(failures === 0 ? 0 : 1);
