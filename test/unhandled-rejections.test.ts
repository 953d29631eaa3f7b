import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { BusyCores } from "./support/busy-cores.ts";

const program = fileURLToPath(new URL("./support/forgotten-promises.ts", import.meta.url));

let ends: Record<string, unknown>;
beforeAll(async () => {
  using _ = new BusyCores();
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--expose-gc",
    "--conditions=@foundation/source",
    program,
  ]);
  ends = JSON.parse(stdout);
});

describe("[Z7] a rejection that nobody handles, on a busy machine", () => {
  it.each([
    ["forgetPromise", "forgotten"],
    ["forgetLater", "forgotten in a timer"],
    ["forgetAfterAwait", "forgotten after awaits"],
    ["forgetAsk", "not allowed"],
    ["forgetItem", "no items"],
  ])("ends the actor that forgot it, and no other: %s", (method, message) => {
    expect(ends[method]).toEqual([message, "alive", "alive"]);
  });

  it("of a timeout ends the actor that forgot the ask, not the one that armed the timer", () => {
    expect(ends.forgetTimeout).toEqual([expect.stringContaining("got no answer within 10 ms"), "alive", "alive"]);
  });

  it("is none when it is handled", () => {
    expect(ends.handled).toEqual(["alive", "alive", "alive"]);
  });

  it("of no actor is the process's affair, as it would be without actors, and none of several is lost", () => {
    expect(ends["nobody's"]).toEqual([true, "of no actor", "not allowed"]);
  });

  it("is listened for as long as a system runs, or can be asked although it has stopped", () => {
    expect(ends["listening after the stop"]).toBe(true);
    expect(ends["listeners left"]).toBe(0);
  });
});
