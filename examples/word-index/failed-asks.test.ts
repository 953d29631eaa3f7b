import { describe, expect, it } from "vitest";
import { unexpectedFailures } from "./failed-asks.ts";
import type { FailedAsk } from "./node-messages.ts";

const inFlight: FailedAsk = { message: "lookup", code: "nodedown", text: "link broke", to: "alpha", sentAt: 100 };
const kill = { victim: "alpha", survivors: new Map([["beta", { answeredAt: 200, inFlight: 2 }]]) };

function judge(...asks: readonly Partial<FailedAsk>[]): string[] {
  return unexpectedFailures(
    asks.map((ask) => ({ by: "beta", ask: { ...inFlight, ...ask } })),
    kill,
  );
}

describe("unexpectedFailures", () => {
  it("excuses asks in flight to the killed process", () => {
    expect(judge({}, {})).toEqual([]);
  });

  it.each<[string, Partial<FailedAsk>]>([
    ["of another kind", { code: "timeout" }],
    ["to another node", { to: "gamma" }],
    ["while nobody had the name", { to: undefined }],
    ["sent after the recovery", { sentAt: 201 }],
  ])("reports a failure %s", (_what, ask) => {
    expect(judge(ask)).toHaveLength(1);
  });

  it("reports more failures than there were asks in flight", () => {
    expect(judge({}, {}, {})).toEqual(["3 asks from beta failed, but only 2 were in flight"]);
  });

  it("reports a failure of the killed node itself", () => {
    expect(unexpectedFailures([{ by: "alpha", ask: inFlight }], kill)).toHaveLength(1);
  });
});
