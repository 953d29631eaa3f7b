import { SeededRandom } from "../../packages/testkit/src/world/seeded-random.ts";
import { mutate, randomBytes } from "./mutation.ts";
import type { FuzzTarget } from "./target.ts";

/** An input that takes longer is a finding. Milliseconds; a pause of the collector takes less. */
const slowMs = 50;
/** How much the process may grow over one campaign. Bytes. */
const growthBytesMax = 768 * 1024 * 1024;
/** Inputs between looks at the process's memory. */
const memoryEvery = 4_096;
/** One target is given up after this many findings. */
const findingsMax = 10;

/** How long to go on. */
interface CampaignOptions {
  readonly seed: number;
  /** The number of the first input. Default 0. */
  readonly from?: number;
  /** Asked before each input. */
  readonly goesOn: (inputs: number) => boolean;
}

/** One input that did what none must do. */
interface FuzzFinding {
  readonly target: string;
  readonly seed: number;
  /** The number of the input within its target and seed. */
  readonly input: number;
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** What a campaign against one target came to. */
interface CampaignResult {
  readonly inputs: number;
  readonly bytes: number;
  readonly slowestMs: number;
  readonly findings: readonly FuzzFinding[];
}

/** Input number `number` of a seed: random bytes, made by the rules, or a capture that was changed. */
export function inputOf(target: FuzzTarget, seed: number, number: number): Uint8Array {
  const random = new SeededRandom(seed, `${target.name} ${number}`);
  const way = random.next();
  if (way < 0.1) return randomBytes(random, Math.floor(random.spread(1, 2_048)));
  if (way < 0.5) return target.generate(random);
  const captures = way < 0.8 ? target.captures : [target.generate(random)];
  return mutate(captures, random);
}

/** Has `target` read one input after the other. */
export async function runCampaign(
  target: FuzzTarget,
  { seed, from = 0, goesOn }: CampaignOptions,
): Promise<CampaignResult> {
  const findings: FuzzFinding[] = [];
  let [bytes, slowestMs, number] = [0, 0, from];
  const rssBefore = process.memoryUsage.rss();
  const report = (input: Uint8Array, what: string): void =>
    void findings.push({ target: target.name, seed, input: number, what, bytes: input });
  for (; goesOn(number - from) && findings.length < findingsMax; number++) {
    const input = inputOf(target, seed, number);
    bytes += input.length;
    const startedAt = performance.now();
    try {
      const reading = target.read(input);
      if (reading !== undefined) await reading;
    } catch (error) {
      report(input, error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    let tookMs = performance.now() - startedAt;
    // A second look tells a slow input from a machine that was busy.
    if (tookMs > slowMs) tookMs = await fastestOf(target, input);
    if (tookMs > slowMs) report(input, `took ${tookMs.toFixed(0)} ms`);
    slowestMs = Math.max(slowestMs, tookMs);
    if (number % memoryEvery === 0 && process.memoryUsage.rss() - rssBefore > growthBytesMax) {
      report(input, `the process has grown to ${process.memoryUsage.rss()} bytes`);
      break;
    }
  }
  return { inputs: number - from, bytes, slowestMs, findings };
}

async function fastestOf(target: FuzzTarget, input: Uint8Array): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const startedAt = performance.now();
    try {
      await target.read(input);
    } catch {
      // It was reported already.
    }
    fastest = Math.min(fastest, performance.now() - startedAt);
  }
  return fastest;
}
