// Slow: whole nodes that find each other by files.
// Every discovery strategy of the project against what the interface promises [M9], and the cluster against strategies that
// do not keep it.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, systemRuntime } from "@foundation/actor";
import { type DiscoveryStrategy, LocalDiscovery, type PeerCandidate, StaticDiscovery } from "@foundation/discovery";
import { type DiscoverablePeer, describeContract, discoveryContract, World } from "@foundation/testkit";
import { describe, expect, it } from "vitest";
import { clusterFolder } from "../packages/discovery/src/local-entry.ts";
import { processSpace } from "../packages/discovery/src/process-space.ts";

describeContract(
  discoveryContract({
    name: "static",
    create: async () => {
      const seeds: string[] = [];
      return {
        runtime: systemRuntime(),
        backend: {
          add: async (peers) => {
            for (const { host, port } of peers)
              seeds.push(host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
          },
        },
        strategy: () => new StaticDiscovery(seeds),
      };
    },
    cannot: {
      announce: "a list of seeds is configured, not written to",
      replace: "a list of seeds is configured, not written to",
      change: "a list of seeds stays as it is",
      notify: "a list of seeds stays as it is",
      stale: "a seed is an address, not a record of a node",
      fail: "nobody is asked",
      slow: "nobody is asked",
    },
  }),
  { describe, it },
);

describeContract(
  discoveryContract({
    name: "local",
    create: async () => {
      const parent = await mkdtemp(join(tmpdir(), "discovery-contract-"));
      const root = join(parent, "private");
      const directory = clusterFolder(root, "contract");
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const file = (nodeId: string): string => join(directory, `${nodeId}.json`);
      const write = ({ nodeId, host, port }: DiscoverablePeer, pid: number): Promise<void> =>
        writeFile(file(nodeId), JSON.stringify({ nodeId, host, port, pid, space: processSpace() }));
      const dead = spawnSync(process.execPath, ["--version"]).pid;
      return {
        runtime: systemRuntime(),
        backend: {
          add: async (peers) => void (await Promise.all(peers.map((peer) => write(peer, process.pid)))),
          remove: async (peers) => void (await Promise.all(peers.map(({ nodeId }) => rm(file(nodeId))))),
          addStale: (peer) => write(peer, dead),
          // A folder that is merely gone is made again.
          setBroken: async (isBroken) => {
            if (!isBroken) await rm(directory);
            const [from, to] = isBroken ? [directory, `${directory}-away`] : [`${directory}-away`, directory];
            await rename(from, to);
            if (isBroken) await writeFile(directory, "");
          },
        },
        strategy: () => new LocalDiscovery(root, systemRuntime({ log: silentLog })),
        dispose: () => rm(parent, { recursive: true, force: true }),
      };
    },
    cannot: {
      slow: "a directory of this machine answers at once",
      replace: "two living nodes of one id have to find each other; what an ended process left is removed",
    },
  }),
  { describe, it },
);

/** A strategy whose every answer the test decides. */
class ScriptedDiscovery implements DiscoveryStrategy {
  readonly name = "scripted";
  answer: () => Promise<readonly PeerCandidate[]>;

  constructor(answer: () => Promise<readonly PeerCandidate[]>) {
    this.answer = answer;
  }
  async announce(): Promise<void> {}
  async withdraw(): Promise<void> {}
  discover(): Promise<readonly PeerCandidate[]> {
    return this.answer();
  }
}

describe("a cluster whose discovery fails [M9]", () => {
  const nobody = async (): Promise<readonly PeerCandidate[]> => [];
  const addresses = (world: World): PeerCandidate[] => world.nodes.map(({ node }) => node.transport.address);
  const withStrategy = (strategy: DiscoveryStrategy) => ({ discovery: [strategy] });

  it.each<[string, (world: World) => () => Promise<readonly PeerCandidate[]>]>([
    ["answers with nobody", () => nobody],
    ["answers with an error", () => () => Promise.reject(new Error("the service is down"))],
    [
      "throws at once",
      () => () => {
        throw new Error("not even a promise");
      },
    ],
    [
      "takes 30 s",
      (world) => async () => {
        await new Promise<void>((resolve) => world.time.schedule(30_000, resolve));
        return [];
      },
    ],
    ["never answers", () => () => new Promise(() => {})],
    [
      "names nobody but the dead",
      () => async () => Array.from({ length: 1_000 }, (_, i) => ({ host: `gone-${i}`, port: 7_400 })),
    ],
  ])("keeps its members when discovery %s, and finds new ones once it is well again", async (_name, makeBad) => {
    const world = new World({ seed: 9 });
    const strategy = new ScriptedDiscovery(async () => addresses(world));
    for (const name of ["a", "b", "c"]) await world.start(name, withStrategy(strategy));
    await world.until(() => world.nodes.every(({ node }) => node.members().length === 3));
    strategy.answer = makeBad(world);
    await world.advance(120_000);
    for (const { node } of world.nodes)
      expect(node.members().map((member) => member.status)).toEqual(["up", "up", "up"]);
    expect(world.deaths).toEqual([]);

    await world.start("d", { discovery: [new ScriptedDiscovery(nobody)] });
    expect(world.get("d").node.members()).toHaveLength(1);
    strategy.answer = async () => addresses(world);
    await world.until(() => world.nodes.every(({ node }) => node.members().length === 4), 60_000);
  });
});
