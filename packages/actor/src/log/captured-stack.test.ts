import { describe, expect, it } from "vitest";
import { CapturedStack } from "./captured-stack.ts";

function here(): CapturedStack {
  return new CapturedStack(here);
}

/** Runs `work` in a program that formats its stacks itself. */
function withFormat<T>(format: typeof Error.prepareStackTrace, work: () => T): T {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = format;
  try {
    return work();
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}

describe("a captured stack", () => {
  it("names places, innermost first, from the one below the given function on", () => {
    function caller(): CapturedStack {
      return here();
    }
    expect(caller().lines[0]).toMatch(/at caller .*captured-stack\.test\.ts/);
  });

  it.each([
    ["call sites", (_: Error, sites: NodeJS.CallSite[]) => sites],
    ["nothing", () => undefined],
    ["text without places", () => "no idea"],
    [
      "an error",
      () => {
        throw new Error("in the program's format");
      },
    ],
  ])("[X21] has no lines where the program makes %s of stacks", (_what, format) => {
    expect(withFormat(format, () => here().lines)).toEqual([]);
  });
});
