import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalDiscovery } from "./index.ts";

let root: string;
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), "discovery-")), "nodes");
});
afterEach(() => rm(join(root, ".."), { recursive: true, force: true }));

const announcement = (nodeId: string, cluster = "shop") => ({ cluster, nodeId, host: "127.0.0.1", port: 7_000 });
const idsOf = async (strategy: LocalDiscovery) => (await strategy.discover()).map((peer) => peer.nodeId).sort();

describe("local discovery", () => {
  it("finds the nodes of the same cluster name and no others, until they withdraw", async () => {
    const [a, b, other] = [new LocalDiscovery(root), new LocalDiscovery(root), new LocalDiscovery(root)];
    await a.announce(announcement("a"));
    await b.announce(announcement("b"));
    await other.announce(announcement("c", "../warehouse"));
    expect(await idsOf(a)).toEqual(["a", "b"]);
    expect(await idsOf(other)).toEqual(["c"]);
    await b.withdraw();
    expect(await idsOf(a)).toEqual(["a"]);
    await Promise.all([a.withdraw(), other.withdraw()]);
  });

  it("ignores and removes what a dead process left, and ignores what is no entry", async () => {
    const a = new LocalDiscovery(root);
    await a.announce(announcement("a"));
    const directory = join(root, (await readdir(root))[0] ?? "");
    const dead = spawnSync(process.execPath, ["--version"]).pid;
    await writeFile(
      join(directory, "dead.json"),
      JSON.stringify({ nodeId: "dead", host: "127.0.0.1", port: 1, pid: dead }),
    );
    await writeFile(join(directory, "odd.json"), "{ not json");
    await writeFile(join(directory, "huge.json"), `"${"x".repeat(100_000)}"`);
    expect(await idsOf(a)).toEqual(["a"]);
    expect((await readdir(directory)).sort()).toEqual(["a.json", "huge.json", "odd.json"]);
    await a.withdraw();
  });

  it("announces itself again when its file was lost", async () => {
    const a = new LocalDiscovery(root);
    await a.announce(announcement("a"));
    await rm(join(root, (await readdir(root))[0] ?? "", "a.json"));
    await a.discover();
    expect(await idsOf(a)).toEqual(["a"]);
    await a.withdraw();
  });

  it("keeps its files to this user and refuses a directory that others may enter", async () => {
    const a = new LocalDiscovery(root);
    await a.announce(announcement("a"));
    expect((await stat(root)).mode & 0o777).toBe(0o700);
    await a.withdraw();
    await chmod(root, 0o755);
    await expect(new LocalDiscovery(root).announce(announcement("b"))).rejects.toMatchObject({
      code: "insecureDirectory",
    });
  });
});
