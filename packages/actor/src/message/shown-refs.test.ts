import { inspect } from "node:util";
import { expect, it } from "vitest";
import { Actor, ActorSystem } from "../index.ts";
import { jsonLine } from "../log/json-line.ts";
import type { LogEntry } from "../log/log-entry.ts";
import { logfmtLine } from "../log/logfmt-line.ts";

class Quiet extends Actor {}

it("a ref is printed by its name, also inside of other values", async () => {
  const system = new ActorSystem({ name: "here" });
  const ref = system.spawn(Quiet);
  expect(inspect(ref)).toBe("ActorRef(here/1)");
  expect(JSON.stringify({ to: ref })).toBe('{"to":"ActorRef(here/1)"}');
  expect(inspect({ to: [ref.with({ timeoutMs: 5 })] })).toBe("{ to: [ ActorRef(here/1) ] }");
  await system.stop();
});

it("a ref in a field of a log is its name, in every form", async () => {
  const system = new ActorSystem({ name: "here" });
  const entry: LogEntry = { time: 0, level: "warn", event: "slow", fields: { by: system.spawn(Quiet) } };
  const directory = "/app";
  expect(logfmtLine(entry, { directory })).toMatch(/ by=ActorRef\(here\/1\)$/);
  expect(JSON.parse(jsonLine(entry, { directory }))).toMatchObject({ by: "ActorRef(here/1)" });
  await system.stop();
});
