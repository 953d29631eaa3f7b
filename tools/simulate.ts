// Runs simulations: npm run simulate -- [--scenario NAME] [--seed N | --seeds A..B] [--nodes N] [--trace] and more, see usage.
// Prints a line per scenario and how often each of its checks compared something; for a failure the shortest list of faults
// that was found and the command that replays it. A campaign fails too when a check had nothing to compare in all of it.
import { parseArgs } from "node:util";
import {
  allScenarios,
  CheckTally,
  describeResult,
  type FaultName,
  faultKinds,
  replayCommand,
  type Scenario,
  scenarios,
  shorten,
  simulate,
} from "@foundation/testkit";

const usage = `usage: npm run simulate -- [--scenario NAME] [--seed N | --seeds A..B] [--trace] [--no-shorten]
  --nodes N        so many nodes in every run; default 3, 5 or 9, drawn from the seed
  --kinds A,B      only these kinds of faults; default about half of them, drawn from the seed
  --fault-ms N     virtual milliseconds of faults; default drawn from the seed
  --gap-ms N       virtual milliseconds between two faults, at most; default drawn from the seed
  --keep 3,7,9     only these faults of the seed's plan; "none" keeps none`;

/** Runs, with faults of all kinds, within which every check has to find something to compare. */
const campaignRunsMin = 20;

function fail(text: string): never {
  process.stderr.write(`${text}\n${usage}\n`);
  process.exit(2);
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Number(text) : fail(`--${name} is a whole number, not ${text}`);
}

function scenariosNamed(name: string | undefined): readonly Scenario[] {
  const chosen = name === undefined ? scenarios : allScenarios.filter((each) => each.name === name);
  return chosen.length > 0
    ? chosen
    : fail(`no scenario ${name}; there are ${allScenarios.map((each) => each.name).join(", ")}`);
}

function seedsFrom(text: string): [from: number, to: number] {
  const [, from, to] = /^(\d+)(?:\.\.(\d+))?$/.exec(text) ?? [];
  const range: [number, number] = [Number(from), Number(to ?? from)];
  return range[0] <= range[1] ? range : fail("seeds are whole numbers, as in --seed 7 or --seeds 1..100");
}

function kindsFrom(text: string | undefined): readonly FaultName[] | undefined {
  const known = faultKinds.map(({ name }) => name);
  const names = text?.split(",").filter((name) => name !== "");
  const wrong = names?.find((name) => !known.includes(name as FaultName));
  return wrong === undefined
    ? (names as FaultName[] | undefined)
    : fail(`no faults ${wrong}; there are ${known.join(", ")}`);
}

function keepFrom(text: string | undefined): readonly number[] | undefined {
  if (text === "none") return [];
  return text?.split(",").map((each) => wholeNumber("keep", each) as number);
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        scenario: { type: "string" },
        seed: { type: "string" },
        seeds: { type: "string", default: "1..100" },
        nodes: { type: "string" },
        kinds: { type: "string" },
        "fault-ms": { type: "string" },
        "gap-ms": { type: "string" },
        keep: { type: "string" },
        trace: { type: "boolean", default: false },
        "no-shorten": { type: "boolean", default: false },
      },
    });
    const [from, to] = seedsFrom(values.seed ?? values.seeds);
    const given = {
      nodes: wholeNumber("nodes", values.nodes),
      kinds: kindsFrom(values.kinds),
      faultMs: wholeNumber("fault-ms", values["fault-ms"]),
      gapMsMax: wholeNumber("gap-ms", values["gap-ms"]),
      keep: keepFrom(values.keep),
    };
    const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return {
      chosen: scenariosNamed(values.scenario),
      from,
      to,
      options,
      trace: values.trace,
      isToShorten: !values["no-shorten"],
    };
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

/** Few runs, or runs with chosen faults, may leave a check without work; a whole campaign may not. @returns failures. */
function reportIdle(idle: readonly string[]): number {
  if (idle.length === 0) return 0;
  const isCampaign = to - from + 1 >= campaignRunsMin && options.kinds === undefined && options.keep === undefined;
  process.stdout.write(`  ${isCampaign ? "FAILED" : "note"}: never compared anything: ${idle.join(", ")}\n`);
  return isCampaign ? idle.length : 0;
}

const { chosen, from, to, options, trace, isToShorten } = readArguments();
let failures = 0;
for (const scenario of chosen) {
  const startedAt = performance.now();
  const tally = new CheckTally(scenario);
  let failed = 0;
  for (let seed = from; seed <= to; seed++) {
    const result = await simulate(scenario, { ...options, seed });
    tally.add(result);
    if (trace && from === to) process.stdout.write(`${result.trace.join("\n")}\n`);
    if (from === to) process.stdout.write(`trace ${result.digest}\n`);
    if (result.violations.length === 0) continue;
    failed++;
    const shortest = isToShorten ? await shorten(scenario, result) : result;
    process.stdout.write(`${describeResult(shortest)}\n`);
    process.stdout.write(`${shortest.plan.length} of ${result.plan.length} faults are left; replay them with\n`);
    process.stdout.write(`  ${replayCommand(shortest)} --trace\n`);
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const memory = `${(process.resourceUsage().maxRSS / 1_024).toFixed(0)} MiB`;
  process.stdout.write(`${scenario.name}: seeds ${from}..${to}, ${failed} failed, ${seconds} s, ${memory}\n`);
  const counts = tally.counts.map(({ check, comparisons, runs }) => `${check} ${comparisons} in ${runs}`);
  process.stdout.write(`  compared, in so many of ${to - from + 1} runs: ${counts.join(", ")}\n`);
  failures += failed + reportIdle(tally.idle);
}
process.exit(failures === 0 ? 0 : 1);
