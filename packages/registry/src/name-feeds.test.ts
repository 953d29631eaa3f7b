import { describe, expect, it } from "vitest";
import { NameFeeds, type NameFeedsLimits } from "./name-feeds.ts";
import { OwnNames } from "./own-names.ts";
import type { RegistryMessage } from "./registry-message.ts";

/** A node with names and members that are told of them; what is sent is kept. */
function telling(limits?: NameFeedsLimits) {
  const own = new OwnNames("n", 1);
  const sent: { readonly to: string; readonly message: RegistryMessage }[] = [];
  const unlinked = new Set<string>();
  const send = (to: string, message: RegistryMessage): boolean => {
    if (unlinked.has(to)) return false;
    sent.push({ to, message });
    return true;
  };
  let multicasts = 0;
  const multicast = (nodeIds: Iterable<string>, message: RegistryMessage): number => {
    multicasts++;
    return [...nodeIds].filter((to) => send(to, message)).length;
  };
  const feeds = new NameFeeds(own, { send, multicast }, limits);
  let actorId = 0;
  const take = (...names: readonly string[]): void => {
    for (const name of names) {
      const registration = { name, actorId: ++actorId, epoch: 0, stamp: [0, actorId] as const };
      own.apply({ kind: "taken", registration });
    }
    feeds.push();
  };
  /** What was sent since the last look, as `member: names or changes`. */
  const told = (): string[] =>
    sent.splice(0).map(({ to, message }) => {
      if (message.kind === "full")
        return `${to}: all ${message.registrations.map(({ name }) => name).join(" ")}`.trim();
      return message.kind === "delta"
        ? `${to}: ${message.changes.length} after ${message.from}`
        : `${to}: ${message.kind}`;
    });
  /** The last mark that was put on a message to this member. */
  const markOf = (nodeId: string): number => {
    const marks = sent.flatMap(({ to, message }) => (to === nodeId && "mark" in message ? (message.mark ?? []) : []));
    return marks.at(-1) ?? 0;
  };
  return { own, feeds, take, told, markOf, unlinked, multicasts: () => multicasts };
}

/** One message is under way at a time, and each is answered. */
const narrow: NameFeedsLimits = { itemsMax: 1, windowBytes: 1, markBytes: 0 };

describe("what members are told of this node's names", () => {
  it("is all of them at first, and then what changes: encoded once for all that keep up", () => {
    const { feeds, take, told, multicasts } = telling();
    take("one");
    feeds.begin("a");
    feeds.begin("b");
    expect(told()).toEqual(["a: all one", "b: all one"]);
    take("two", "three");
    expect(told()).toEqual(["a: 2 after 1", "b: 2 after 1"]);
    expect(multicasts()).toBe(1);
  });

  it("waits for a member that has not taken what is under way, and for no other", () => {
    const { feeds, take, told, markOf } = telling(narrow);
    take("one");
    feeds.begin("a");
    const mark = markOf("a");
    expect(told()).toEqual(["a: all one"]);
    take("two");
    expect(told()).toEqual([]);
    feeds.begin("b");
    expect(told()).toEqual(["b: all one"]);
    // It was asked later than at this mark.
    feeds.taken("b", mark);
    expect(told()).toEqual([]);
    feeds.taken("a", mark);
    expect(told()).toEqual(["a: 1 after 1"]);
  });

  it("is kept for no member that is gone", () => {
    const { own, feeds, take } = telling(narrow);
    take("one");
    feeds.begin("a");
    take("two", "three");
    expect(own.changesAfter(1, 10)).toHaveLength(2);
    feeds.end("a");
    expect(own.keepsChangesAfter(2)).toBe(false);
    // Nor is what comes later.
    take("four");
    expect(own.keepsChangesAfter(3)).toBe(false);
  });

  it("is kept for no member that is not linked any more", () => {
    const { own, feeds, take, told, unlinked } = telling();
    feeds.begin("a");
    told();
    unlinked.add("a");
    take("one");
    unlinked.delete("a");
    take("two");
    expect(told()).toEqual([]);
    expect(own.keepsChangesAfter(1)).toBe(false);
    feeds.begin("a");
    expect(told()).toEqual(["a: all one two"]);
  });

  it("goes to nobody once nobody follows", () => {
    const { own, feeds, take, told } = telling();
    feeds.begin("a");
    told();
    feeds.clear();
    take("one");
    expect(told()).toEqual([]);
    expect(own.keepsChangesAfter(0)).toBe(false);
  });
});
