import { expect, it } from "vitest";
import { MemoryCluster } from "../testing/memory-cluster.ts";
import { messageKind } from "./message-kind.ts";

it("a link that a peer's actor 0 asks for, which there cannot be, ends the peer's link and no more", async () => {
  await using cluster = new MemoryCluster();
  const [a, b] = await cluster.startAll("a", "b");
  const before = a?.endpoint.link("b");
  before?.send("control", Uint8Array.of(messageKind.link, 0, 1));
  await expect.poll(() => before?.isOpen).toBe(false);
  await expect.poll(() => a?.endpoint.link("b")?.isOpen).toBe(true);
  expect(b?.endpoint.stats().malformedLinks).toBe(1);
});
