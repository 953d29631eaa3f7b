// Slow: many seeds.
import { describe, expect, it } from "vitest";
import { erlangUnavailable, forErlang, runOnErlang } from "./otp-erlang.ts";
import { OtpModel } from "./otp-model.ts";
import { describeStep, type SupervisionCase } from "./supervision-case.ts";
import { CaseGenerator, shorten } from "./supervision-generator.ts";
import { SupervisionRun } from "./supervision-run.ts";

/** Where a run and the model part. */
interface Difference {
  readonly before: readonly string[];
  readonly expected: readonly string[];
  readonly found: readonly string[];
}

/** Lines shown on each side of a difference. */
const linesShown = 8;

function differenceOf(expected: readonly string[], found: readonly string[]): Difference | undefined {
  const length = Math.max(expected.length, found.length);
  const at = Array.from({ length }, (_, index) => index).find((index) => expected[index] !== found[index]);
  if (at === undefined) return undefined;
  const shown = (lines: readonly string[]): readonly string[] => lines.slice(at, at + linesShown);
  return { before: expected.slice(0, at), expected: shown(expected), found: shown(found) };
}

async function differenceFromModel(each: SupervisionCase): Promise<Difference | undefined> {
  const model = OtpModel.run(each);
  const { lines } = await SupervisionRun.run(each, model.times);
  return differenceOf(model.lines, lines);
}

function describeFailure(seed: number, { root, steps }: SupervisionCase, difference: Difference | undefined): string {
  const lines = [
    `seed ${seed}`,
    `tree ${JSON.stringify(root)}`,
    "steps:",
    ...steps.map((step) => `  ${describeStep(step)}`),
  ];
  const { before = [], expected = [], found = [] } = difference ?? {};
  lines.push("it told:", ...before.map((line) => `  ${line}`));
  return [
    ...lines,
    "OTP's rules:",
    ...expected.map((line) => `  ${line}`),
    "found:",
    ...found.map((line) => `  ${line}`),
  ].join("\n");
}

describe("random trees of supervisors", () => {
  it.each([1, 2_001, 4_001])(
    "[A1] [A2] [A3] [A4] [A10] follow the model of OTP's rules, seeds from %i",
    async (first) => {
      for (let seed = first; seed < first + 2_000; seed++) {
        const drawn = new CaseGenerator(seed).draw();
        if ((await differenceFromModel(drawn)) === undefined) continue;
        const shortest = await shorten(drawn, async (each) => (await differenceFromModel(each)) !== undefined);
        expect.fail(describeFailure(seed, shortest, await differenceFromModel(shortest)));
      }
    },
  );

  const unavailable = erlangUnavailable();
  // To run it: apt-get install erlang-base.
  it.skipIf(unavailable !== undefined)(
    `[A1] [A2] [A3] [A4] [A10] end in OTP itself as in the model${unavailable === undefined ? "" : ` (skipped: ${unavailable})`}`,
    async () => {
      const seeds = Array.from({ length: 400 }, (_, index) => index + 1);
      const cases = seeds.map((seed) => new CaseGenerator(seed, { isForErlang: true }).draw());
      const models = cases.map((each) => OtpModel.run(each));
      const results = await runOnErlang(cases.map((each, index) => ({ ...each, times: models[index]?.times ?? [] })));
      for (const [index, each] of cases.entries()) {
        const difference = differenceOf(forErlang(models[index]?.lines ?? []), results[index] ?? []);
        if (difference !== undefined) expect.fail(describeFailure(index + 1, each, difference));
      }
    },
    120_000,
  );
});
