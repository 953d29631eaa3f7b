import { World } from "@foundation/testkit";
import { type ByteReader, ByteWriter, Codec, Endpoint, type Link } from "@foundation/transport";
import { describe, expect, it } from "vitest";
import { messageKind } from "../packages/cluster/src/remote/message-kind.ts";

/** A member that says only what it is told to, and keeps what the others answer to its inquiries. */
async function quietMember(world: World, target: string) {
  const { runtime } = world.get("a");
  const codec = new Codec();
  const heard: (number | null)[] = [];
  const receive = (link: Link, reader: ByteReader): void => {
    const kind = reader.u8();
    if (kind === messageKind.ping) return link.send("control", Uint8Array.of(messageKind.pong));
    if (kind !== messageKind.protocol || reader.string(255) !== "membership") return;
    const message = codec.decodeRest(reader) as { kind: string; agoMs: number | null };
    if (message.kind === "heard") heard.push(message.agoMs);
  };
  const endpoint = new Endpoint({
    runtime,
    transport: world.network.transport("quiet", runtime),
    identity: { cluster: "world", nodeId: "quiet", incarnation: 1 },
    secret: "the secret of a simulated world",
    listen: { host: "quiet", port: 0 },
    handlers: { onLink: (link) => ({ message: (_channel, reader) => receive(link, reader), down() {} }) },
  });
  await world.settle(endpoint.start());
  const link = await world.settle(endpoint.connect(world.get("b").node.transport.address));
  /** Asks b when it heard of the target. @returns its answer. */
  const inquire = async (): Promise<number | null | undefined> => {
    const { nodeId, incarnation } = world.get(target).node.membership.self;
    const writer = new ByteWriter(64);
    writer.u8(messageKind.protocol);
    writer.string("membership");
    codec.encode({ kind: "inquire", nodeId, incarnation }, writer);
    const before = heard.length;
    link.send("control", writer);
    await world.until(() => heard.length > before, 1_000);
    return heard.at(-1);
  };
  return { inquire };
}

describe("a member that is asked whether it hears another one", () => {
  it("[V6] [M4] vouches for one that it hears, and not for one that it suspects itself", async () => {
    const world = new World({ seed: 3 });
    await world.startAll("a", "b", "c");
    const { inquire } = await quietMember(world, "c");
    const b = world.get("b").node;
    await world.advance(1_000);
    expect(await inquire()).toBeLessThan(1_000);
    world.freeze("c");
    await world.until(() => b.membership.member("c")?.status === "suspect", 5_000);
    expect(b.transport.link("c")?.isOpen).toBe(true);
    expect(await inquire()).toBeNull();
    world.thaw("c");
    await world.until(() => b.membership.member("c")?.status === "up", 5_000);
    expect(await inquire()).toBeLessThan(1_000);
  });
});

describe("[V4] reliable messages to a member that is declared dead", () => {
  it("are forgotten with it; until then they wait", async () => {
    const world = new World({ seed: 4 });
    const channels = [
      { name: "control", priority: 0 },
      { name: "orders", priority: 1, kind: "reliable" as const },
    ];
    for (const name of ["a", "b", "c"]) await world.start(name, { channels });
    await world.until(() => world.nodes.every(({ node }) => node.members().length === 3));
    const a = world.get("a").node;
    const { incarnation } = world.get("b").node.membership.self;
    const keep = (): boolean =>
      a.transport.sendLater({ nodeId: "b", incarnation }, new Uint8Array(1_000), { channel: "orders", route: 0 });
    expect(keep()).toBe(true);
    const kept = (): number | undefined => a.transport.link("b")?.stats().channels.orders?.queuedBytes;
    expect(kept()).toBeGreaterThanOrEqual(1_000);
    world.powerLoss("b");
    await world.until(() => a.membership.member("b") === undefined, 10_000);
    expect(keep()).toBe(false);
    await world.start("b", { channels });
    await world.until(() => a.membership.member("b")?.status === "up", 10_000);
    expect(kept()).toBe(0);
  });
});
