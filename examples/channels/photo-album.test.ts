import type { ActorRef, Node } from "@foundation/runtime";
import { type SimulatedNode, World } from "@foundation/testkit";
import { expect, it } from "vitest";
import { channels, PhotoAlbum } from "./photo-album.ts";

interface Shop {
  readonly world: World;
  readonly camera: SimulatedNode;
  readonly album: ActorRef<PhotoAlbum>;
}

/** Two nodes: one has the album, and the other one takes photos. */
async function openShop(): Promise<Shop> {
  const world = new World({ seed: 7 });
  const { node } = await world.start("archive", { channels });
  node.spawn(PhotoAlbum, { name: "album" });
  const camera = await world.start("camera", { channels });
  await world.until(() => camera.node.registry.lookup("album") !== undefined);
  return { world, camera, album: camera.node.actor<PhotoAlbum>("album") };
}

/** Adds photos as fast as the other node takes them. */
async function addAll(album: ActorRef<PhotoAlbum>, photos: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [name, photo] of photos) {
    await album.ready();
    album.tell.add(name, photo);
  }
}

function statsOf(node: Node, channel: string) {
  const stats = node.transport.link("archive")?.stats().channels[channel];
  if (stats === undefined) throw new Error(`no channel ${channel}`);
  return stats;
}

it("sends photos, large and small, on the channel that the class names", async () => {
  const { world, camera, album } = await openShop();
  const before = statsOf(camera.node, "control").bytesOut;
  const sizes = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? 2_000_000 : 20_000));
  const photos = new Map(sizes.map((size, at) => [`${at}.jpg`, new Uint8Array(size)]));
  await world.settle(addAll(album, photos));
  await world.until(() => statsOf(camera.node, "photos").queuedBytes === 0);
  await world.settle(album.with({ channel: "photos" }).ask.count());
  expect(await world.settle(album.ask.count())).toBe(40);

  const { messagesOut, bytesOut, refused } = statsOf(camera.node, "photos");
  // 40 photos, the question, and, as ready() does for every 256 KiB, one for each large photo about room in the mailbox.
  expect({ messagesOut, refused }).toEqual({ messagesOut: 40 + 1 + 20, refused: 0 });
  expect(bytesOut).toBeGreaterThan(20 * 2_020_000);
  expect(statsOf(camera.node, "control").bytesOut - before).toBeLessThan(10_000);
});

it("may count before it has what was added: the methods are on different channels", async () => {
  const { world, album } = await openShop();
  album.tell.add("large.jpg", new Uint8Array(5_000_000));
  expect(await world.settle(album.ask.count())).toBe(0);
  // On one channel everything is in order.
  expect(await world.settle(album.with({ channel: "photos" }).ask.count())).toBe(1);
});
