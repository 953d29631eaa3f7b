import { describe, expect, test } from "vitest";
import { ManualTime } from "../../../actor/src/testing/manual-time.ts";
import { MemoryConnection } from "../memory/memory-connection.ts";
import { OpenConnections } from "./open-connections.ts";

function start() {
  const time = new ManualTime();
  const open = new OpenConnections(time.runtime);
  const ended: string[] = [];
  /** A connection whose other end answers nothing: closed in order, it does not end by itself. */
  const connection = (name: string): MemoryConnection => {
    const [near] = MemoryConnection.pair(time.runtime, "near", "far");
    near.attach({ onFrame() {}, onDrain() {}, onClose: (code) => void ended.push(`${name} ${code}`) });
    open.add(near);
    return near;
  };
  return { time, open, ended, connection };
}

describe("[V7] the connections of an endpoint that closes", () => {
  test("are dropped when they have not ended by themselves in time", async () => {
    const { time, open, ended, connection } = start();
    connection("first");
    const second = connection("second");
    let isOver = false;
    const over = open.end(500).then(() => {
      isOver = true;
    });
    open.delete(second);
    time.advance(499);
    await Promise.resolve();
    expect([isOver, ended]).toEqual([false, []]);
    time.advance(1);
    await over;
    time.advance(0);
    expect(ended).toEqual(["first 1006"]);
  });

  test("are waited for no longer than until the last one has ended", async () => {
    const { time, open, ended, connection } = start();
    const both = [connection("first"), connection("second")];
    const over = open.end(500);
    for (const each of both) open.delete(each);
    await over;
    expect(ended).toEqual([]);
    expect(time.pending).toBe(0);
  });

  test("that there are none of are not waited for", async () => {
    const { time, open } = start();
    await open.end(500);
    expect(time.pending).toBe(0);
  });
});
