import { beforeEach, describe, expect, it } from "vitest";
import { Membership } from "./membership.ts";

const peer = (nodeId: string, incarnation = 1) => ({ nodeId, incarnation, address: { host: nodeId, port: 1 } });

describe("membership", () => {
  let membership: Membership;
  let said: string[];

  beforeEach(() => {
    said = [];
    membership = new Membership(peer("self"), (change) => {
      const { nodeId, incarnation } = change.member;
      const reason = change.kind === "memberDown" ? ` ${change.reason}` : "";
      said.push(`${change.kind.replace("member", "")} ${nodeId}@${incarnation}${reason}`);
    });
  });

  it("keeps a member that is leaving out of new work whatever its silence", () => {
    membership.up(peer("a"));
    membership.leaving("a");
    membership.suspect("a", 1);
    membership.up(peer("a"));
    expect(membership.get("a")?.status).toBe("leaving");
    expect(said).toEqual(["Up a@1", "Leaving a@1"]);
  });

  it("[M7] takes a newer incarnation for a new member and forgets no older one", () => {
    membership.up(peer("a", 1));
    membership.up(peer("a", 2));
    membership.down({ nodeId: "a", incarnation: 1 }, "dead");
    membership.down({ nodeId: "a", incarnation: 2 }, "dead");
    expect(said).toEqual(["Up a@1", "Down a@1 superseded", "Up a@2", "Down a@2 dead"]);
    expect(membership.newestIncarnation("a")).toBe(2);
    expect([1, 2, 3].map((incarnation) => membership.hasDeparted("a", incarnation))).toEqual([true, true, false]);
  });

  it("says that a suspect answers again, once", () => {
    membership.up(peer("a"));
    membership.suspect("a", 1);
    membership.suspect("a", 1);
    membership.up(peer("a"));
    membership.up(peer("a"));
    expect(said).toEqual(["Up a@1", "Suspect a@1", "Trusted a@1"]);
  });

  it("hears once that a member is leaving, and takes no notice of one that it does not know", () => {
    membership.up(peer("a"));
    for (const nodeId of ["a", "a", "stranger"]) membership.leaving(nodeId);
    expect(said).toEqual(["Up a@1", "Leaving a@1"]);
    expect(membership.get("stranger")).toBeUndefined();
  });

  it("says that this node goes on as a newer incarnation, and nothing of another address", () => {
    membership.renewSelf(peer("self", 2));
    membership.renewSelf({ ...peer("self", 2), address: { host: "elsewhere", port: 2 } });
    expect(said).toEqual(["selfRenewed self@2"]);
    expect(membership.self.address.host).toBe("elsewhere");
  });

  it("has recorded a change when it says so", () => {
    const seen: (string | undefined)[] = [];
    membership = new Membership(peer("self"), ({ member }) => seen.push(membership.get(member.nodeId)?.status));
    membership.up(peer("a"));
    membership.suspect("a", 1);
    membership.down({ nodeId: "a", incarnation: 1 }, "dead");
    expect(seen).toEqual(["up", "suspect", undefined]);
  });
});
