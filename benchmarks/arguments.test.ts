import { describe, expect, it } from "vitest";
import { parseArguments, suiteNames, UsageError } from "./arguments.ts";

describe("the benchmark's arguments", () => {
  it.each(suiteNames)("take the suite %s", (suite) => {
    expect(parseArguments([suite])).toEqual({ suite, json: false, freezePeers: false });
  });

  it("take options before and after the suite", () => {
    expect(parseArguments(["--json", "failover", "--freeze-peers"])).toEqual({
      suite: "failover",
      json: true,
      freezePeers: true,
    });
  });

  it.each([
    [[], "Which suite?"],
    [["locl"], 'Unknown suite "locl".'],
    [["local", "--jsn"], 'Unknown option "--jsn".'],
    [["local", "remote"], 'One suite at a time; "remote" is too much.'],
    [["local", "--freeze-peers"], "--freeze-peers belongs to failover, not to local."],
  ])("%j is refused: %s", (words, message) => {
    expect(() => parseArguments(words)).toThrow(new UsageError(message));
  });
});
