import { describe, expect, it } from "vitest";
import { itemsPerMessageMax, supervisionMessageSchema } from "./supervision-message.ts";

const version = { revision: 1, stamp: [0, 0], origin: "a" };
const settings = {
  restart: "permanent",
  shutdownMs: 0,
  startMs: 0,
  intensity: 0,
  periodMs: 0,
  backoff: { minMs: 0, maxMs: 0, factor: 1, jitter: 0 },
};
const spec = {
  name: "x",
  className: "Thing",
  fingerprint: "",
  isNamed: false,
  args: [],
  settings,
  state: "wanted",
  ...version,
};
const header = { name: "x", state: "removed", bytes: 0, epoch: 0, ...version };
const failure = { reason: "", nodeId: "a", hadStarted: false, failures: 1, waitMs: 0 };
const long = (length: number): string => "x".repeat(length);

const read = (message: unknown) => supervisionMessageSchema.safeParse(message);
const readSpec = (fields: object) => read({ specs: [{ ...spec, ...fields }] });
const readHeader = (fields: object) => read({ headers: [{ ...header, ...fields }] });
const readSettings = (fields: object) => readSpec({ settings: { ...settings, ...fields } });
const readBackoff = (fields: object) => readSettings({ backoff: { ...settings.backoff, ...fields } });
const readFailure = (fields: object) => read({ ended: [["x", { ...failure, ...fields }]] });
const readObjection = (objection: object) => read({ confirmed: { token: 1, objections: [objection], reached: [] } });

describe("a message between supervisors", () => {
  it.each([
    ["nothing", {}],
    ["all at the least", { specs: [spec], headers: [header], ended: [["x", failure], ["y"]], starting: [["x", 0]] }],
    ["a question", { confirm: { token: 1, names: [["x", 0, 0]], doubts: ["b"] } }],
    [
      "an answer",
      { confirmed: { token: 1, objections: [{ at: 0, why: "owned", by: "b", incarnation: 0 }], reached: [] } },
    ],
    ["fields of a later version", { later: true, headers: [header] }],
  ])("may say %s", (_what, message) => {
    const { later: _later, ...known } = message as Record<string, unknown>;
    expect(read(message)).toEqual({ success: true, data: known });
  });

  it.each([
    ["a class with a name of 255 characters", readSpec({ className: long(255) })],
    ["255 arguments", readSpec({ args: new Array(255).fill(null) })],
    ["limits that never come", readSettings({ startMs: Number.POSITIVE_INFINITY, shutdownMs: "infinity" })],
    ["jitter of 1", readBackoff({ jitter: 1 })],
    ["a failure told in 300 characters", readFailure({ reason: long(300) })],
    ["why it was given up", readSpec({ state: "failed", givenUp: { reason: long(300), nodeId: long(128) } })],
    ["an objection to the last name of a message", readObjection({ at: itemsPerMessageMax - 1, why: "hosted" })],
    ["as many names as are allowed", read({ want: new Array(itemsPerMessageMax).fill("x") })],
  ])("may say %s", (_what, result) => {
    expect(result.success).toBe(true);
  });

  it.each([
    ["a class without a name", readSpec({ className: "" })],
    ["a class with a name of 256 characters", readSpec({ className: long(256) })],
    ["messages of a class in 256 characters", readSpec({ fingerprint: long(256) })],
    ["256 arguments", readSpec({ args: new Array(256).fill(null) })],
    ["a spec of what was removed", readSpec({ state: "removed" })],
    ["a spec without a revision", readSpec({ revision: 0 })],
    ["a time before all times", readSpec({ stamp: [0, -1] })],
    ["a singleton without a name", readSpec({ name: "" })],
    ["an origin without a name", readSpec({ origin: "" })],
    ["an origin with a name of 129 characters", readSpec({ origin: long(129) })],
    ["a time to stop below 0", readSettings({ shutdownMs: -1 })],
    ["a time to stop without end", readSettings({ shutdownMs: Number.POSITIVE_INFINITY })],
    ["a restart that is none", readSettings({ restart: "temporary" })],
    ["half a crash", readSettings({ intensity: 0.5 })],
    ["pauses that get shorter", readBackoff({ factor: 0.9 })],
    ["jitter beyond 1", readBackoff({ jitter: 1.1 })],
    ["jitter below 0", readBackoff({ jitter: -0.1 })],
    ["a header without a revision", readHeader({ revision: 0 })],
    ["bytes below 0", readHeader({ bytes: -1 })],
    ["an epoch below 0", readHeader({ epoch: -1 })],
    ["no failure at all", readFailure({ failures: 0 })],
    ["a failure told in 301 characters", readFailure({ reason: long(301) })],
    ["a pause below 0", readFailure({ waitMs: -1 })],
    ["an objection to a name beyond the last", readObjection({ at: itemsPerMessageMax, why: "hosted" })],
    ["an objection without a reason", readObjection({ at: 0, why: "mood" })],
    ["more names than are allowed", read({ want: new Array(itemsPerMessageMax + 1).fill("x") })],
    ["a class to host without a name", read({ classes: [{ name: "", fingerprint: "", isNamed: true }] })],
    ["text", read("x")],
  ])("is refused with %s", (_what, result) => {
    expect(result.success).toBe(false);
  });
});
