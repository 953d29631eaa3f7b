import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog, type LogEvent, systemRuntime } from "@foundation/actor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalDiscovery } from "./index.ts";
import { clusterFolder, entryFile } from "./local-entry.ts";
import { processSpace } from "./process-space.ts";

let parent: string;
let root: string;
const logged: LogEvent[] = [];
const started: LocalDiscovery[] = [];
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "discovery-"));
  root = join(parent, "private");
  logged.length = 0;
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.withdraw()));
  await rm(parent, { recursive: true, force: true });
});

const runtime = systemRuntime({ log: createLog((event) => void logged.push(event), "debug") });
const announcement = (nodeId: string, cluster = "shop") => ({ cluster, nodeId, host: "127.0.0.1", port: 7_000 });
const idsOf = async (strategy: LocalDiscovery) => (await strategy.discover()).map((peer) => peer.nodeId).sort();
const folder = (): string => clusterFolder(root, "shop");

async function announced(nodeId: string, more: { cluster?: string; port?: number } = {}): Promise<LocalDiscovery> {
  const strategy = new LocalDiscovery(root, runtime);
  started.push(strategy);
  await strategy.announce({ ...announcement(nodeId), ...more });
  return strategy;
}

/** What another node would have left. */
function leave(nodeId: string, entry: { pid?: number | undefined; space?: string | undefined }): Promise<void> {
  const text = JSON.stringify({
    nodeId,
    host: "127.0.0.1",
    port: 1,
    pid: process.pid,
    space: processSpace(),
    ...entry,
  });
  return writeFile(join(folder(), `${nodeId}.json`), text);
}

describe("local discovery", () => {
  it("finds the nodes of the same cluster name and no others, until they withdraw", async () => {
    const [a, b, other] = [await announced("a"), await announced("b"), await announced("c", { cluster: "../depot" })];
    expect(await idsOf(a)).toEqual(["a", "b"]);
    expect(await idsOf(other)).toEqual(["c"]);
    await b.withdraw();
    expect(await idsOf(a)).toEqual(["a"]);
  });

  it.each(["x".repeat(255), "\u{1F400}".repeat(63), "..", "a/b\0c\n", "__proto__"])(
    "[Y11] works for a cluster that is called %j",
    async (cluster) => {
      const [a, b] = [await announced("a", { cluster }), await announced("b", { cluster })];
      await announced("c", { cluster: `${cluster.slice(0, -1)}y` });
      expect(await idsOf(a)).toEqual(["a", "b"]);
      expect(await idsOf(b)).toEqual(["a", "b"]);
    },
  );

  it("[Y11] tells nodes apart whose ids are long or differ in their case alone", async () => {
    const names = ["worker", "Worker", "x".repeat(128), ".."];
    for (const name of names) await announced(name);
    const files = (await readdir(folder())).map((file) => file.toLowerCase());
    expect(new Set(files).size).toBe(names.length);
    expect(await idsOf(started[0] as LocalDiscovery)).toEqual(names.sort());
  });

  it("ignores and removes what a dead process left, and ignores what is no entry", async () => {
    const a = await announced("a");
    const own = await readdir(folder());
    await leave("dead", { pid: spawnSync(process.execPath, ["--version"]).pid });
    await writeFile(join(folder(), "odd.json"), "{ not json");
    await writeFile(join(folder(), "huge.json"), `"${"x".repeat(100_000)}"`);
    await symlink("/dev/zero", join(folder(), "endless.json"));
    await mkdir(join(folder(), "folder.json"));
    spawnSync("mkfifo", [join(folder(), "pipe.json")]);
    expect(await idsOf(a)).toEqual(["a"]);
    expect(await readdir(folder())).not.toContain("dead.json");
    expect(await readdir(folder())).toEqual(expect.arrayContaining([...own, "odd.json", "huge.json"]));
  });

  it("[Y5] judges no process of another namespace or machine by its id, and removes its entry when it is an hour old", async () => {
    const a = await announced("a");
    const dead = spawnSync(process.execPath, ["--version"]).pid;
    await leave("elsewhere", { pid: dead, space: "another boot pid:[1]" });
    await leave("unknown", { pid: dead, space: undefined });
    expect(await idsOf(a)).toEqual(["a", "elsewhere", "unknown"]);
    expect(await idsOf(a)).toEqual(["a", "elsewhere", "unknown"]);
    const hoursAgo = Date.now() / 1_000 - 2 * 3_600;
    await utimes(join(folder(), "elsewhere.json"), hoursAgo, hoursAgo);
    expect(await idsOf(a)).toEqual(["a", "unknown"]);
    expect(await readdir(folder())).not.toContain("elsewhere.json");
  });

  it("[Y17] keeps the entries of two living nodes of one id beside each other", async () => {
    const [one, two] = [await announced("twin"), await announced("twin", { port: 7_001 })];
    const ports = async (strategy: LocalDiscovery) => (await strategy.discover()).map(({ port }) => port).sort();
    expect(await ports(one)).toEqual([7_000, 7_001]);
    expect(await ports(two)).toEqual([7_000, 7_001]);
    await two.withdraw();
    expect(await ports(one)).toEqual([7_000]);
  });

  it.each([
    ["its entry", folder],
    ["the folder of its cluster", folder],
    ["everything", () => root],
  ])("[Y7] puts back what was removed: %s", async (what, path) => {
    const [a, b] = [await announced("a"), await announced("b")];
    if (what === "its entry") for (const file of await readdir(path())) await rm(join(path(), file));
    else await rm(path(), { recursive: true });
    await Promise.all([a.discover(), b.discover()]);
    expect(await idsOf(a)).toEqual(["a", "b"]);
    expect(await idsOf(b)).toEqual(["a", "b"]);
    for (const each of [root, join(root, "nodes"), folder()]) expect((await stat(each)).mode & 0o777).toBe(0o700);
    for (const file of await readdir(folder())) expect((await stat(join(folder(), file))).mode & 0o777).toBe(0o600);
    expect(logged).toEqual([]);
  });

  it("[Y7] is told of changes in a folder that was removed and made again", async () => {
    const a = await announced("a");
    await rm(root, { recursive: true });
    await a.discover();
    const changed = new Promise<void>((resolve) => void a.onChange(resolve));
    await announced("b");
    await changed;
    expect(await idsOf(a)).toEqual(["a", "b"]);
  });

  it("[V13] writes an entry beside its place and renames it, so that no reader sees a part of it", async () => {
    const entry = { nodeId: "a", host: "127.0.0.1", port: 7_000, pid: process.pid, space: processSpace() };
    const file = join(folder(), entryFile(entry));
    await announced("z");
    // Another name of the old file shows whether it was written to.
    await writeFile(file, "as it was");
    await rename(file, `${file}.before`);
    await symlink(`${file}.before`, file);
    await announced("a");
    expect(await readFile(`${file}.before`, "utf8")).toBe("as it was");
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(entry);
    expect((await readdir(folder())).filter((name) => name.endsWith(".draft"))).toEqual([]);
  });

  it("[V13] keeps no entry after withdraw, also when the folder is looked at meanwhile", async () => {
    const a = await announced("a");
    await rm(join(folder(), (await readdir(folder()))[0] ?? ""));
    await Promise.all([a.discover(), a.withdraw()]);
    expect(await readdir(folder())).toEqual([]);
    expect(await a.discover()).toEqual([]);
  });
});
