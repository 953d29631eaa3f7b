import { createLog, type LogEvent } from "@foundation/actor";
import type { DiscoveryStrategy } from "@foundation/discovery";
import { formatAddress } from "@foundation/transport";
import { expect, it } from "vitest";
import { ManualTime } from "../../../actor/src/testing/manual-time.ts";
import { Reconciler } from "./reconciler.ts";

/** What is dialled and logged when strategies give these answers. */
async function ask(...answers: readonly unknown[]): Promise<{ dialled: string[]; warned: LogEvent[] }> {
  const dialled: string[] = [];
  const warned: LogEvent[] = [];
  const log = createLog((event) => void warned.push(event), "warn");
  const strategies = answers.map(
    (answer, index): DiscoveryStrategy => ({
      name: `strategy ${index}`,
      announce: async () => {},
      discover: async () => answer as never,
      withdraw: async () => {},
    }),
  );
  const { runtime } = new ManualTime();
  const reconciler = new Reconciler({ ...runtime, log }, strategies, (addresses) => {
    dialled.push(...addresses.map(formatAddress));
  });
  await reconciler.start({ cluster: "any", nodeId: "self", host: "10.0.0.1", port: 1 });
  await reconciler.withdraw();
  return { dialled, warned };
}

const good = { host: "10.0.0.2", port: 7_400 };

it.each([
  null,
  undefined,
  5,
  {},
  { host: "", port: 1 },
  { host: 5, port: 1 },
  { host: "10.0.0.3" },
  { host: "10.0.0.3", port: 0 },
  { host: "10.0.0.3", port: 65_536 },
  { host: "10.0.0.3", port: Number.NaN },
  { host: "10.0.0.3", port: "80" },
  { host: "user@127.0.0.1", port: 80 },
  { host: "10.0.0.3/path?query", port: 80 },
  { host: "x".repeat(256), port: 80 },
])(
  "[W8] one odd address among those that discovery finds is left out and told of, the others are dialled: %o",
  async (odd) => {
    const { dialled, warned } = await ask([good, odd, odd, { host: "::1", port: 65_535 }]);
    expect(dialled).toEqual(["10.0.0.2:7400", "[::1]:65535"]);
    expect(warned.map(({ event, fields }) => [event, fields.strategy])).toEqual([
      ["discovery found an odd address", "strategy 0"],
    ]);
  },
);

it.each([undefined, null, 5, "10.0.0.2:7400", { length: 1 }])(
  "[W8] an answer that is no array is told of, and costs other strategies nothing: %o",
  async (odd) => {
    const { dialled, warned } = await ask(odd, [good]);
    expect(dialled).toEqual(["10.0.0.2:7400"]);
    expect(warned).toMatchObject([
      { event: "discovery failed", fields: { strategy: "strategy 0", why: expect.stringContaining("no array") } },
    ]);
  },
);

it("[W8] an answer without end is looked at in part", async () => {
  const { dialled } = await ask(Array.from({ length: 100_000 }, () => good));
  expect(dialled).toHaveLength(4_096);
});
