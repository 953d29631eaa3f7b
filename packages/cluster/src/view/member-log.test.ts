import { createLog, type LogEvent } from "@foundation/actor";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../../actor/src/testing/manual-time.ts";
import { MemberLog } from "./member-log.ts";
import { Membership } from "./membership.ts";

const peer = (nodeId: string, incarnation = 1) => ({ nodeId, incarnation, address: { host: nodeId, port: 1 } });

describe("what the log says of members", () => {
  let time: ManualTime;
  let membership: Membership;
  let log: MemberLog;
  let events: LogEvent[];

  beforeEach(() => {
    time = new ManualTime();
    events = [];
    const sink = createLog((event) => void events.push(event), "debug");
    membership = new Membership(peer("self"), (change) => log.changed(change));
    log = new MemberLog(membership, time.runtime, sink);
  });

  /** What was said since the last look. */
  const said = () => events.splice(0).map(({ level, event, fields }) => [level, event, { ...fields }]);

  it("is nothing before the node has started, and then who is there", () => {
    membership.up(peer("a"));
    expect(said()).toEqual([]);
    log.started();
    expect(said()).toEqual([["info", "node started", { address: "self:1", members: 2, with: ["a"] }]]);
    membership.up(peer("b"));
    expect(said()).toEqual([["info", "member joined", { member: "b", address: "b:1", members: 3 }]]);
  });

  it("names five of those who are there, and counts the others", () => {
    log.started();
    expect(said()).toEqual([["info", "node started", { address: "self:1", members: 1, why: "alone so far" }]]);
    for (const nodeId of ["a", "b", "c", "d", "e"]) membership.up(peer(nodeId));
    said();
    log.started();
    expect(said()).toMatchObject([["info", "node started", { members: 6, with: ["a", "b", "c", "d", "e"] }]]);
    membership.up(peer("f"));
    said();
    log.started();
    expect(said()).toMatchObject([["info", "node started", { members: 7, with: ["a", "b", "c", "d", "e", "+1"] }]]);
  });

  it("is how long a member has been silent when it answers again", () => {
    membership.up(peer("a"));
    membership.suspect("a", 1);
    time.now += 700.4;
    membership.up(peer("a"));
    expect(said()).toEqual([
      ["debug", "member does not answer", { member: "a" }],
      ["info", "member answers again", { member: "a", afterMs: 700 }],
    ]);
  });

  it("is why a member died, and that of no other", () => {
    for (const nodeId of ["a", "b", "c"]) membership.up(peer(nodeId));
    membership.down({ nodeId: "a", incarnation: 1 }, "dead", "it was silent");
    membership.down({ nodeId: "b", incarnation: 1 }, "dead");
    membership.down({ nodeId: "c", incarnation: 1 }, "left");
    expect(said()).toEqual([
      ["warn", "member died", { member: "a", members: 3, why: "it was silent" }],
      ["warn", "member died", { member: "b", members: 2, why: undefined }],
      ["info", "member left", { member: "c", members: 1 }],
    ]);
  });

  it("is one line about a member whose process was restarted", () => {
    log.started();
    membership.up(peer("a", 1));
    said();
    membership.up(peer("a", 2));
    membership.up(peer("b"));
    expect(said()).toEqual([
      ["info", "member joined again", { member: "a", address: "a:1", members: 2, why: "its process was restarted" }],
      ["info", "member joined", { member: "b", address: "b:1", members: 3 }],
    ]);
  });
});
