import { beforeEach, describe, expect, test } from "vitest";
import { ManualTime } from "../../../actor/src/testing/manual-time.ts";
import { agree } from "../link/channel-agreement.ts";
import { channelOptionsSchema } from "../link/channel-options.ts";
import { FramePool } from "../link/frame-pool.ts";
import { PeerLink } from "../link/peer-link.ts";
import { ReadingSlice } from "../link/reading-slice.ts";
import { YoungGarbage } from "../link/young-garbage.ts";
import { LinkTable } from "./link-table.ts";

const here = { host: "10.0.0.1", port: 7450 };
const there = { host: "10.0.0.2", port: 7450 };

describe("the table of links", () => {
  let time: ManualTime;
  let table: LinkTable;
  beforeEach(() => {
    time = new ManualTime();
    table = new LinkTable(time.runtime);
  });

  function linkTo(nodeId: string, address = here): PeerLink {
    const { runtime } = time;
    const channels = agree([channelOptionsSchema.parse({ name: "control", priority: 0 })], undefined);
    if (typeof channels === "string") throw new Error(channels);
    return new PeerLink({
      runtime,
      peer: { nodeId, incarnation: 1, address },
      initiatedHere: true,
      linkId: new Uint8Array(16),
      channels,
      slice: new ReadingSlice(runtime),
      pool: new FramePool(),
      garbage: new YoungGarbage(runtime),
      streamOf: () => undefined,
      dialChannel() {},
      onDown() {},
      onConnectionGone() {},
    });
  }

  test("[V7] keeps the newer link when an older one to the same node ends", () => {
    const [older, newer] = [linkTo("b"), linkTo("b")];
    table.add(older);
    table.add(newer);
    table.delete(older);
    expect(table.get("b")).toBe(newer);
    expect(table.at(here)).toBe(newer);
    expect([...table]).toEqual([newer]);
    table.delete(newer);
    expect([table.get("b"), table.at(here), table.size]).toEqual([undefined, undefined, 0]);
  });

  test("[V7] keeps what is at an address when another node's link from there ends, and the other way round", () => {
    const [b, c] = [linkTo("b"), linkTo("c")];
    table.add(b);
    table.add(c);
    table.delete(b);
    expect([table.get("b"), table.get("c"), table.at(here)]).toEqual([undefined, c, c]);
    const moved = linkTo("c", there);
    table.add(moved);
    table.delete(c);
    expect([table.get("c"), table.at(there)]).toEqual([moved, moved]);
    expect(table.at(here)).toBeUndefined();
  });

  test("tells those who wait for a link of the next one, once, and the others nothing", async () => {
    const { signal } = new AbortController();
    const link = linkTo("b");
    const waiting = [table.linked("b", { timeoutMs: 100, signal }), table.linked("b", { timeoutMs: 50, signal })];
    const other = table.linked("c", { timeoutMs: 70, signal });
    time.advance(50);
    table.announce(link);
    time.advance(20);
    expect(await Promise.all([...waiting, other])).toEqual([link, undefined, undefined]);
    expect(time.pending).toBe(0);
    table.add(link);
    expect(await table.linked("b", { timeoutMs: 100, signal })).toBe(link);
    expect(time.pending).toBe(0);
  });

  test("gives up waiting when the dial is given up, before it waits or while it does", async () => {
    const life = new AbortController();
    const waiting = table.linked("b", { timeoutMs: 100, signal: life.signal });
    life.abort();
    await expect(waiting).rejects.toMatchObject({ code: "closed" });
    await expect(table.linked("b", { timeoutMs: 100, signal: life.signal })).rejects.toMatchObject({ code: "closed" });
    expect(time.pending).toBe(0);
  });
});
