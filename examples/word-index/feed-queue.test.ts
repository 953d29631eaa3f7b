import { beforeEach, describe, expect, it } from "vitest";
import { FeedQueue } from "./feed-queue.ts";

const kib = 1024;
let queue: FeedQueue;

/** Three batches: two small files, a large one, another small one. */
beforeEach(() => {
  const sizes = [100 * kib, 100 * kib, 900 * kib, 50 * kib];
  queue = new FeedQueue(sizes.map((bytes, id) => ({ id, path: `${id}.md`, offset: 0, bytes })));
  queue.indexIs(1);
});

function filesOfNext(feeder: string): number[] | undefined {
  return queue.next(feeder)?.entries.map(({ id }) => id);
}

describe("FeedQueue", () => {
  it("puts small files together and leaves large ones alone", () => {
    expect([filesOfNext("a"), filesOfNext("b"), filesOfNext("a")]).toEqual([[0, 1], [2], [3]]);
    expect(queue.next("a")).toBeUndefined();
    expect([queue.onTheirWay("a"), queue.onTheirWay("b")]).toEqual([2, 1]);
  });

  it("is complete when all batches are acknowledged, each counted once", () => {
    expect([0, 1, 1, 2].map((id) => queue.acknowledged(id, 1))).toEqual([200 * kib, 900 * kib, 0, 50 * kib]);
    expect(queue.isComplete).toBe(true);
    expect(queue.fed).toEqual({ files: queue.files, bytes: queue.bytes });
  });

  it("begins again with a higher epoch, whoever reports it first", () => {
    queue.acknowledged(0, 1);
    expect(queue.acknowledged(1, 2)).toBe(900 * kib);
    expect(queue.indexIs(2)).toBe(false);
    expect(queue.fed).toEqual({ files: 1, bytes: 900 * kib });
    expect(filesOfNext("a")).toEqual([0, 1]);
  });

  it("does not count what a dead index acknowledged", () => {
    queue.indexIs(2);
    expect(queue.acknowledged(0, 1)).toBe(0);
    expect(queue.fed.files).toBe(0);
  });

  it("gives a batch again when its outcome is not known or its feeder is gone", () => {
    filesOfNext("a");
    queue.failed(0);
    expect(filesOfNext("b")).toEqual([0, 1]);
    queue.feederGone("b");
    expect(filesOfNext("a")).toEqual([0, 1]);
  });
});
