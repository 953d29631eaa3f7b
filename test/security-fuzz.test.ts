// Slow: many odd inputs.
// A bounded share of what `npm run fuzz` does without end; and that it would notice.

import { describe, expect, it } from "vitest";
import { inputOf, runCampaign } from "../tools/fuzz/campaign.ts";
import { Finding, type FuzzTarget } from "../tools/fuzz/target.ts";
import { openTargets, targetNames } from "../tools/fuzz/targets.ts";

const seed = Number(process.env.FUZZ_SEED ?? 20_261);
/** Inputs for each target: two to three seconds each on a slow machine. */
const inputs: Readonly<Record<string, number>> = {
  hello: 6_000,
  frame: 2_000,
  value: 15_000,
  "round-trip": 5_000,
  message: 2_000,
};

describe("what peers may send", () => {
  it.each(targetNames)("[T8] %s: thousands of inputs, and none that does harm", async (name) => {
    for await (const target of openTargets([name])) {
      const { findings, ...result } = await runCampaign(target, {
        seed,
        goesOn: (count) => count < (inputs[name] ?? 0),
      });
      await target.close?.();
      expect(findings, `npm run fuzz -- --target ${name} --seed ${seed}`).toEqual([]);
      expect(result.inputs).toBe(inputs[name]);
    }
  });
});

describe("the fuzzer", () => {
  const planted = (read: (input: Uint8Array) => void | Promise<void>): FuzzTarget => ({
    name: "planted",
    captures: [Buffer.from([1, 2, 3, 4])],
    generate: (random) => random.bytes(4),
    read,
  });

  it.each<[string, (input: Uint8Array) => void | Promise<void>]>([
    [
      "throws",
      (input) => {
        if (input[0] === 0x80) throw new RangeError("planted");
      },
    ],
    [
      "rejects",
      async (input) => {
        if (input[1] === 0xff) throw new Finding("planted");
      },
    ],
    [
      "runs past the end",
      (input) => {
        if (input.length === 3) Buffer.from(input).readUInt32LE(0);
      },
    ],
    [
      "is slow",
      (input) => {
        if (input.length > 200) for (const endAt = performance.now() + 80; performance.now() < endAt; );
      },
    ],
  ])("notices a decoder that %s at a rare input, and names one that does it again", async (_what, read) => {
    const target = planted(read);
    const { findings } = await runCampaign(target, { seed, goesOn: (count) => count < 20_000 });
    expect(findings.length).toBeGreaterThan(0);
    const [first] = findings;
    const again = await runCampaign(target, { seed, from: first?.input ?? 0, goesOn: (count) => count < 1 });
    expect(again.findings.map(({ bytes }) => bytes)).toEqual([first?.bytes]);
  });

  it("makes the same inputs from the same seed, and others from another", () => {
    const target = planted(() => {});
    const some = (from: number) =>
      Array.from({ length: 50 }, (_, number) => Buffer.from(inputOf(target, from, number)).toString("hex"));
    expect(some(1)).toEqual(some(1));
    expect(some(1)).not.toEqual(some(2));
  });
});
