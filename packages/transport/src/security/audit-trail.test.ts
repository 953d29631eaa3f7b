import { createLog, type LogEvent } from "@foundation/actor";
import { expect, it } from "vitest";
import type { AuditEvent } from "./audit.ts";
import { AuditTrail } from "./audit-trail.ts";

it("an audit listener that throws is an entry in the log, and hurts nobody else", () => {
  const events: LogEvent[] = [];
  const heard: AuditEvent["kind"][] = [];
  const log = createLog((event) => void events.push(event));
  const trail = new AuditTrail({ log, now: () => 0 }, ({ kind }) => {
    heard.push(kind);
    throw new Error("no room on the disk");
  });
  trail.addMalformed("peer", "nonsense");
  trail.addRefusal({ code: 4401, reason: "no proof" }, { remoteHost: "192.0.2.1" });
  expect(heard).toEqual(["malformed", "refused"]);
  expect(events.filter(({ level }) => level === "error")).toMatchObject([
    { event: "a listener threw", fields: { event: "audit malformed" } },
    { event: "a listener threw", fields: { event: "audit refused" } },
  ]);
});

it("what a refused connection claims to be is no field of the node that refuses it", () => {
  const events: LogEvent[] = [];
  const trail = new AuditTrail({ log: createLog((event) => void events.push(event)), now: () => 0 }, undefined);
  trail.addRefusal({ code: 4401, reason: "no proof" }, { remoteHost: "192.0.2.1", claimedId: "lyon" });
  expect(events).toMatchObject([{ event: "connection refused", fields: { from: "192.0.2.1", peer: "lyon" } }]);
  expect(events[0]?.fields).not.toHaveProperty("node");
});

it("[Y21] a connection that its other side gave up in order is no warning, and hides none", () => {
  const events: LogEvent[] = [];
  const heard: number[] = [];
  const log = createLog((event) => void events.push(event), "debug");
  const trail = new AuditTrail({ log, now: () => 0 }, (event) => {
    if (event.kind === "refused") heard.push(event.code);
  });
  const remoteHost = "192.0.2.1";
  for (const code of [1000, 4200, 4401, 4401]) trail.addRefusal({ code, reason: "why" }, { remoteHost });
  expect(events.map(({ level, fields }) => [level, fields.code])).toEqual([
    ["debug", 1000],
    ["warn", 4401],
  ]);
  expect(heard).toEqual([1000, 4401]);
  expect(trail.totals.refusedConnections).toBe(4);
});

it("[Y21] a connection that broke in its handshake was not refused: it is no warning, and hides none", () => {
  const events: LogEvent[] = [];
  const log = createLog((event) => void events.push(event), "debug");
  const trail = new AuditTrail({ log, now: () => 0 }, undefined);
  const refuse = (code: number, remoteHost: string, claimedId?: string): void =>
    trail.addRefusal({ code, reason: "why" }, { remoteHost, claimedId });
  refuse(1006, "192.0.2.1", "lyon");
  refuse(4401, "192.0.2.1", "lyon");
  for (const [code, host] of [1001, 1005, 1006].entries()) refuse(host, `198.51.100.${code}`);
  expect(events.map(({ level, event }) => `${level} ${event}`)).toEqual([
    "info connection lost during its handshake",
    "warn connection refused",
    "debug connection lost during its handshake",
    "debug connection lost during its handshake",
    "debug connection lost during its handshake",
  ]);
  expect(events[0]?.fields).toMatchObject({ from: "192.0.2.1", peer: "lyon", why: "why" });
  expect(events.map(({ fields }) => fields.code)).toEqual([undefined, 4401, undefined, undefined, undefined]);
});
