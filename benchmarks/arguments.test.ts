import { describe, expect, it } from "vitest";
import { parseArguments, suiteNames, UsageError } from "./arguments.ts";

const plain = { command: "measure", json: false, alone: false, peers: false, freezePeers: false };

describe("the benchmark's arguments", () => {
  it.each(suiteNames)("take the suite %s", (suite) => {
    expect(parseArguments([suite])).toEqual({ ...plain, suite });
  });

  it("take options before and after the suite", () => {
    expect(parseArguments(["--json", "failover", "--freeze-peers"])).toEqual({
      ...plain,
      suite: "failover",
      json: true,
      freezePeers: true,
    });
  });

  it("compare with a commit, by default three times and by the suite local", () => {
    expect(parseArguments(["compare", "main"])).toEqual({ command: "compare", ref: "main", suite: "local", rounds: 3 });
    expect(parseArguments(["compare", "HEAD~2", "remote", "--rounds=7"])).toEqual({
      command: "compare",
      ref: "HEAD~2",
      suite: "remote",
      rounds: 7,
    });
  });

  it.each([
    [[], "Which suite?"],
    [["locl"], 'Unknown suite "locl".'],
    [["local", "--jsn"], 'Unknown option "--jsn".'],
    [["local", "remote"], 'One suite at a time; "remote" is too much.'],
    [["local", "--freeze-peers"], "--freeze-peers belongs to failover, not to local."],
    [["remote", "--alone", "--peers"], "--alone and --peers exclude each other."],
    [["compare"], "Compare with which commit?"],
    [["compare", "main", "--json"], 'Unknown option "--json".'],
    [["compare", "main", "--rounds=1"], '--rounds is a whole number from 2 to 50, not "1".'],
    [["compare", "main", "locl"], 'Unknown suite "locl".'],
  ])("%j is refused: %s", (words, message) => {
    expect(() => parseArguments(words)).toThrow(new UsageError(message));
  });
});
