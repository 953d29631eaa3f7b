import { describe, expect, it } from "vitest";
import { OwnNames } from "./own-names.ts";

const taken = (name: string, actorId = 1) =>
  ({ kind: "taken", registration: { name, actorId, epoch: 0, stamp: [0, actorId] } }) as const;

describe("a node's own names", () => {
  it("go on with the node as a newer incarnation, and with the number of their changes", () => {
    const own = new OwnNames("n", 1);
    own.apply(taken("one"));
    own.apply(taken("two"));
    own.apply({ kind: "freed", name: "one" });
    own.renew(7);
    expect([own.nodeId, own.incarnation, own.version]).toEqual(["n", 7, 3]);
    expect([...own.registrations()].map(({ name }) => name)).toEqual(["two"]);
    own.apply(taken("three"));
    expect(own.replica.find("three")?.actorId).toBe(1);
    expect([own.version, own.changesAfter(3, 10)]).toEqual([4, [taken("three")]]);
  });

  it("keep the changes that not all members have had", () => {
    const own = new OwnNames("n", 1);
    for (const name of ["one", "two", "three"]) own.apply(taken(name));
    own.forget(1);
    expect([0, 1, 2, 3].map((version) => own.keepsChangesAfter(version))).toEqual([false, true, true, true]);
    expect(own.changesAfter(1, 1)).toEqual([taken("two")]);
    expect(own.changesAfter(1, 10)).toEqual([taken("two"), taken("three")]);
    // Had by all long ago.
    own.forget(0);
    expect(own.changesAfter(1, 10)).toHaveLength(2);
    own.forget(3);
    expect(own.changesAfter(3, 10)).toEqual([]);
  });

  it("keep as many changes as there are names, or a few more, for a member that never has them", () => {
    const own = new OwnNames("n", 1, 10);
    for (let actorId = 1; actorId <= 20; actorId++) own.apply(taken("one", actorId));
    expect(own.keepsChangesAfter(0)).toBe(true);
    own.apply(taken("one", 21));
    expect([own.keepsChangesAfter(10), own.keepsChangesAfter(11)]).toEqual([false, true]);
    expect(own.changesAfter(11, 100)).toHaveLength(10);
    for (let i = 0; i < 50; i++) own.apply(taken(`name-${i}`));
    expect(own.changesAfter(11, 100)).toHaveLength(60);
  });
});
