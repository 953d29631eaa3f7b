import { expect, it } from "vitest";
import { localCases } from "../peers/erlang/erlang.ts";
import { local } from "./local.ts";

it("has each case once, and Erlang's cases under the same names and with the same better direction", () => {
  const directions = new Map(local.cases.map((each) => [each.case, each.better]));
  expect(directions.size).toBe(local.cases.length);
  for (const [name, better] of localCases) {
    expect([name, directions.get(name)]).toEqual([name, better(1, 2) === 2 ? "higher" : "lower"]);
  }
});
