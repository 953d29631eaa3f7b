import { silentLog } from "@foundation/actor";
import { describe, expect, it } from "vitest";
import { Membership } from "./membership.ts";

const peer = (nodeId: string, incarnation = 1) => ({ nodeId, incarnation, address: { host: nodeId, port: 1 } });

describe("membership", () => {
  it("keeps a member that is leaving out of new work whatever its silence", () => {
    const membership = new Membership(peer("self"), silentLog);
    membership.up(peer("a"));
    membership.leaving("a");
    membership.suspect("a", 1);
    membership.up(peer("a"));
    expect(membership.get("a")?.status).toBe("leaving");
  });

  it("[M7] takes a newer incarnation for a new member and forgets no older one", () => {
    const membership = new Membership(peer("self"), silentLog);
    const events: string[] = [];
    membership.events.on("memberUp", ({ incarnation }) => events.push(`up ${incarnation}`));
    membership.events.on("memberDown", ({ incarnation }, reason) => events.push(`${reason} ${incarnation}`));
    membership.up(peer("a", 1));
    membership.up(peer("a", 2));
    membership.down({ nodeId: "a", incarnation: 1 }, "dead");
    membership.down({ nodeId: "a", incarnation: 2 }, "dead");
    expect(events).toEqual(["up 1", "superseded 1", "up 2", "dead 2"]);
    expect(membership.newestIncarnation("a")).toBe(2);
    expect([1, 2, 3].map((incarnation) => membership.hasDeparted("a", incarnation))).toEqual([true, true, false]);
  });

  it("says that a suspect answers again, once", () => {
    const membership = new Membership(peer("self"), silentLog);
    const events: string[] = [];
    membership.events.on("memberSuspect", () => events.push("suspect"));
    membership.events.on("memberTrusted", () => events.push("trusted"));
    membership.up(peer("a"));
    membership.suspect("a", 1);
    membership.suspect("a", 1);
    membership.up(peer("a"));
    membership.up(peer("a"));
    expect(events).toEqual(["suspect", "trusted"]);
  });

  it("hears once that a member is leaving, and takes no notice of one that it does not know", () => {
    const membership = new Membership(peer("self"), silentLog);
    const events: string[] = [];
    membership.events.on("memberLeaving", ({ nodeId }) => events.push(nodeId));
    membership.up(peer("a"));
    for (const nodeId of ["a", "a", "stranger"]) membership.leaving(nodeId);
    expect(events).toEqual(["a"]);
    expect(membership.get("stranger")).toBeUndefined();
  });
});
