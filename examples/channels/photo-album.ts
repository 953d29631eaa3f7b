import { Actor, type FoundationOptions } from "@foundation/runtime";

/** The same on every node. */
export const channels: FoundationOptions["channels"] = [
  { name: "control", priority: 0, eager: true },
  { name: "photos", priority: 10, queueBytesMax: 32_000_000, messageBytesMax: 16_000_000 },
];

/** Takes photos on a channel of their own, so that nothing else waits for them. */
export class PhotoAlbum extends Actor {
  static readonly channel = "photos";
  static readonly channels = { count: "control" };

  readonly #photos = new Map<string, Uint8Array>();

  add(name: string, photo: Uint8Array): void {
    this.#photos.set(name, photo);
  }

  get(name: string): Uint8Array | undefined {
    return this.#photos.get(name);
  }

  count(): number {
    return this.#photos.size;
  }
}
