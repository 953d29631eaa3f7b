// How often addresses are dialled, however they are spelt.
import { lookup } from "node:dns/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { DiscoveryStrategy, PeerCandidate } from "@foundation/discovery";
import { Foundation, type Node } from "@foundation/runtime";
import { World } from "@foundation/testkit";
import { formatAddress, type PeerAddress } from "@foundation/transport";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aliasOf } from "../packages/testkit/src/network/simulated-network.ts";

/** Always names the same addresses, and knows no ids. */
class Seeds implements DiscoveryStrategy {
  readonly name = "seeds";
  readonly #addresses: readonly PeerCandidate[];

  constructor(...addresses: PeerCandidate[]) {
    this.#addresses = addresses;
  }
  async announce(): Promise<void> {}
  async withdraw(): Promise<void> {}
  async discover(): Promise<readonly PeerCandidate[]> {
    return this.#addresses;
  }
}

/** A world that notes which host dials which address. */
class ObservedWorld extends World {
  readonly dials: string[] = [];

  constructor(seed: number) {
    super({ seed });
    const { network } = this;
    const transport = network.transport.bind(network);
    network.transport = (host, runtime) => {
      const carrying = transport(host, runtime);
      return {
        ...carrying,
        dial: (address, options) => {
          this.dials.push(`${host} ${formatAddress(address)}`);
          return carrying.dial(address, options);
        },
      };
    };
  }

  /** What is dialled in `ms` milliseconds, sorted. */
  async dialledWithin(ms: number): Promise<string[]> {
    this.dials.length = 0;
    await this.advance(ms);
    return this.dials.toSorted();
  }
}

const port = 7_400;
const at = (host: string): PeerAddress => ({ host, port });

describe("[Y10] a node that is named in several ways", () => {
  it.each([1, 2, 3])("is dialled once by each, not again while it is linked, seed %i", async (seed) => {
    const world = new ObservedWorld(seed);
    const seeds = ["a", "b"].flatMap((host) => [at(host), at(aliasOf(host))]);
    await world.start("a", { port, discovery: [new Seeds(...seeds)] });
    await world.start("b", { port, discovery: [new Seeds(...seeds)] });
    await world.until(() => world.nodes.every(({ node }) => node.members().length === 2));
    await world.advance(61_000);
    // A node looks once a minute whether its own address is still its own, and whether a claim nobody proved still holds.
    const dialled = await world.dialledWithin(59_000);
    const perAddress = new Map<string, number>();
    for (const dial of dialled) perAddress.set(dial, (perAddress.get(dial) ?? 0) + 1);
    expect([...perAddress].filter(([, count]) => count > 1)).toEqual([]);
    expect(world.deaths).toEqual([]);
  });

  it("is dialled again by that name when its link has ended", async () => {
    const world = new ObservedWorld(4);
    await world.start("a", { port, discovery: [] });
    await world.start("b", { port, discovery: [new Seeds(at(aliasOf("a")))] });
    await world.until(() => world.get("b").node.members().length === 2);
    // Proved there, so that name stands for the link as long as it does.
    expect(await world.dialledWithin(600_000)).toEqual([]);
    world.kill("a");
    await world.until(() => world.get("b").node.members().length === 1);
    await world.start("a", { port, discovery: [] });
    await world.until(() => world.get("b").node.members().length === 2, 60_000);
    expect(world.dials).toContain(`b ${formatAddress(at(aliasOf("a")))}`);
    await world.dialledWithin(1_000);
    expect(await world.dialledWithin(600_000)).toEqual([]);
  });

  it("that is this node itself is dialled once a minute by each name", async () => {
    const world = new ObservedWorld(5);
    await world.start("a", { port, discovery: [new Seeds(at("a"), at(aliasOf("a")))] });
    const dialled = await world.dialledWithin(10 * 60_000);
    expect(dialled.length).toBeGreaterThanOrEqual(2);
    expect(dialled.length).toBeLessThanOrEqual(2 * 11);
  });

  it("a claim to be a linked node is looked at again after a minute: another node may live there later", async () => {
    const world = new ObservedWorld(6);
    await world.start("a", { port, discovery: [] });
    const { node } = await world.start("b", { port, discovery: [new Seeds(at("a"))] });
    await world.until(() => node.members().length === 2);
    // It names its peer by an address that it has not dialled before: the peer says that the link exists.
    const again = await world.settle(world.get("a").node.transport.connect(at(aliasOf("b"))));
    expect(again).toBe(world.get("a").node.transport.link("b"));
    expect(world.get("a").node.transport.linkAt(at(aliasOf("b")))).toBe(again);
    await world.advance(60_001);
    expect(world.get("a").node.transport.linkAt(at(aliasOf("b")))).toBeUndefined();
    expect(world.get("a").node.transport.linkAt(at("b"))).toBe(again);
  });
});

// Why this machine cannot be found by its own name: give it an entry in /etc/hosts.
const noName = await lookup(hostname()).then(
  () => undefined,
  (error: Error) => error.message,
);

describe("[Y10] on a real network", () => {
  let directory: string;
  const nodes: Node[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "dials-"));
  });
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map((node) => node.stop()));
    await rm(directory, { recursive: true, force: true });
  });

  it.each(["localhost", "LOCALHOST", "127.0.0.1", "127.1"])(
    "%s leads to one link, which its name stands for",
    async (host) => {
      const options = { directory, cluster: "none", logLevel: "silent", seeds: [] } as const;
      const a = await Foundation.start({ ...options, name: "a" });
      nodes.push(a);
      const seed = { host, port: a.transport.address.port };
      const b = await Foundation.start({ ...options, name: "b", seeds: [formatAddress(seed)] });
      nodes.push(b);
      await b.ready({ size: 2 });
      expect(b.transport.linkAt(seed)).toBe(b.transport.link("a"));
      expect(b.transport.linkAt(a.transport.address)).toBe(b.transport.link("a"));
    },
  );

  it.skipIf(noName !== undefined)("the name of the machine leads to one link, too", async () => {
    const options = { directory, cluster: "none", logLevel: "silent", secret: "a secret of the tests" } as const;
    const open = { insecure: true, host: "0.0.0.0", advertise: { host: "127.0.0.1" } } as const;
    const a = await Foundation.start({ ...options, ...open, name: "a" });
    nodes.push(a);
    const seed = { host: hostname(), port: a.transport.address.port };
    const b = await Foundation.start({ ...options, insecure: true, name: "b", seeds: [formatAddress(seed)] });
    nodes.push(b);
    await b.ready({ size: 2 });
    expect(b.transport.linkAt(seed)).toBe(b.transport.link("a"));
  });
});
