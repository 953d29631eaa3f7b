import { describe, expect, test } from "vitest";
import { ManualTime } from "../../../actor/src/testing/manual-time.ts";
import { channelOptionsSchema } from "../link/channel-options.ts";
import { ReliablePeers } from "./reliable-peers.ts";

const options = channelOptionsSchema.parse({
  name: "orders",
  priority: 1,
  kind: "reliable",
  messageBytesMax: 1_024,
  queueBytesMax: 1_024,
});
const b = { nodeId: "b", incarnation: 7, address: { host: "b", port: 1 } };

function start() {
  const time = new ManualTime();
  const peers = new ReliablePeers(time.runtime);
  const keep = (bytes = 1, peer = b): boolean => peers.keep(peer, new Uint8Array(bytes), { options, route: 0 });
  return { time, peers, keep };
}

describe("[V4] what is kept for a peer of reliable channels", () => {
  test("stays for a minute after its link has ended, and then everything goes", () => {
    const { time, peers, keep } = start();
    peers.linked(b);
    peers.unlinked(b);
    expect(keep()).toBe(true);
    time.advance(59_999);
    expect(peers.stream(b, "orders/0")?.keptBytes).toBe(1);
    time.advance(1);
    expect(peers.stream(b, "orders/0")).toBeUndefined();
    expect(keep()).toBe(false);
    expect(time.pending).toBe(0);
  });

  test("stays while there is a link, also one in the place of another", () => {
    const { time, peers, keep } = start();
    peers.linked(b);
    peers.unlinked(b);
    keep();
    time.advance(30_000);
    peers.linked(b);
    expect(time.pending).toBe(0);
    time.advance(600_000);
    expect(peers.stream(b, "orders/0")?.keptBytes).toBe(1);
    // Twice the same end is one end.
    peers.unlinked(b);
    time.advance(30_000);
    peers.unlinked(b);
    time.advance(30_000);
    expect(peers.stream(b, "orders/0")?.keptBytes).toBe(1);
    time.advance(30_000);
    expect(peers.stream(b, "orders/0")).toBeUndefined();
  });

  test("belongs to one life: a later one gets nothing of it, and the end of an earlier one takes nothing away", () => {
    const { time, peers, keep } = start();
    const later = { ...b, incarnation: 8 };
    peers.linked(b);
    keep();
    peers.linked(later);
    expect(peers.stream(later, "orders/0")?.keptBytes).toBe(0);
    expect(keep()).toBe(false);
    peers.unlinked(b);
    expect(time.pending).toBe(0);
    expect(keep(1, later)).toBe(true);
  });

  test("goes at once when the peer is forgotten, and with it the timer", () => {
    const { time, peers, keep } = start();
    for (const nodeId of ["b", "c"]) {
      peers.linked({ ...b, nodeId });
      peers.unlinked({ ...b, nodeId });
      keep(1, { ...b, nodeId });
    }
    peers.forget("b");
    expect([keep(), keep(1, { ...b, nodeId: "c" })]).toEqual([false, true]);
    expect(time.pending).toBe(1);
    peers.forget();
    expect(keep(1, { ...b, nodeId: "c" })).toBe(false);
    expect(time.pending).toBe(0);
  });

  test("is as much as the channel's queue may hold, and not a byte more", () => {
    const { peers, keep } = start();
    peers.linked(b);
    expect(() => keep(1_025)).toThrow(expect.objectContaining({ code: "messageTooLarge" }));
    expect(keep(1_000)).toBe(true);
    expect(() => keep(25)).toThrow(expect.objectContaining({ code: "overloaded" }));
    expect(keep(24)).toBe(true);
  });

  test("of more than 4096 peers is that of the newest, and of all that are linked", () => {
    const { time, peers } = start();
    const peer = (number: number) => ({ ...b, nodeId: `n${number}` });
    peers.linked(peer(0));
    for (let number = 1; number <= 4_096; number++) {
      peers.linked(peer(number));
      peers.unlinked(peer(number));
    }
    const isKnown = (number: number): boolean => peers.stream(peer(number), "orders/0") !== undefined;
    expect([isKnown(0), isKnown(1), isKnown(2), isKnown(4_096)]).toEqual([true, false, true, true]);
    expect(time.pending).toBe(4_095);
  });
});
