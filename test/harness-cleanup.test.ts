// Slow: starts whole processes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { namespacesUnavailable } from "@foundation/testkit";
import { describe, expect, it } from "vitest";
import { openCluster, type TestCluster } from "./support/process-cluster.ts";

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`) || signals(pid);

/** Where there is no /proc. */
function signals(pid: number): boolean {
  try {
    return process.platform !== "linux" && process.kill(pid, 0);
  } catch {
    return false;
  }
}

const namespacesOf = async (pid: number | undefined): Promise<string[]> =>
  (await readdir("/run/netns").catch(() => [])).filter((name) => name.startsWith(`foundation-test-${pid}-`));

describe("nothing outlives", () => {
  it("a cluster that is closed: no process, whatever its state, no directory, no socket, no timer", async () => {
    const handles = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|Process|Pipe/.test(name));
    const before = handles().sort();
    const cluster = await openCluster();
    const [a, b, c] = await cluster.startAll("a", "b", "c");
    cluster.freeze("a");
    await cluster.kill("b");
    cluster.partition(["a"], ["c"]);
    await cluster.close();
    for (const node of [a, b, c]) expect(isRunning(node.pid)).toBe(false);
    expect(c.state).toMatchObject({ kind: "exited", by: "kill" });
    expect(existsSync(cluster.directory)).toBe(false);
    await using another = await openCluster();
    await another.waitUntil("all handles are gone", () => handles().sort(), {
      until: (now) => now.length <= before.length,
    });
  });

  it("a cluster that is closed while nodes start", async () => {
    const cluster = await openCluster();
    const starts = ["a", "b"].map((name) => cluster.start(name).catch((error: { code?: string }) => error.code));
    await cluster.close();
    for (const outcome of await Promise.all(starts)) expect(["clusterClosed", "startFailed"]).toContain(outcome);
    expect(existsSync(cluster.directory)).toBe(false);
  });

  it("a test that is killed: its processes end, frozen ones too, and the next cluster removes its directory", async () => {
    const { pids, directory, pid } = await killedParent("loopback");
    await using cluster = await openCluster();
    await allGone(cluster, pids);
    expect(existsSync(directory)).toBe(false);
    expect(pid).toBeGreaterThan(0);
  });

  const reason = namespacesUnavailable();
  it.skipIf(reason !== undefined)(
    `a test that is killed: the next cluster removes its namespaces${reason === undefined ? "" : ` (${reason})`}`,
    async () => {
      const { pid, pids } = await killedParent("namespaces");
      expect(await namespacesOf(pid)).toHaveLength(3);
      {
        await using cluster = await openCluster({ hosts: "namespaces" });
        expect(await namespacesOf(pid)).toEqual([]);
        await cluster.start("a");
        expect(await namespacesOf(process.pid)).toHaveLength(2);
        await allGone(cluster, pids);
      }
      expect(await namespacesOf(process.pid)).toEqual([]);
    },
  );
});

interface Left {
  readonly pid: number | undefined;
  readonly pids: readonly number[];
  readonly directory: string;
}

/** Runs a process that opens a cluster, freezes a node of it, and is killed. */
async function killedParent(hosts: "loopback" | "namespaces"): Promise<Left> {
  const program = join(import.meta.dirname, "support", "dying-parent.ts");
  const parent = spawn(process.execPath, ["--conditions=@foundation/source", program, hosts], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const { pids, directory } = JSON.parse(line.toString()) as { pids: number[]; directory: string };
  for (const pid of pids) expect(isRunning(pid)).toBe(true);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  return { pid: parent.pid, pids, directory };
}

function allGone(cluster: TestCluster, pids: readonly number[]): Promise<boolean[]> {
  return cluster.waitUntil(`${pids.join(" and ")} are gone`, () => pids.map(isRunning), {
    until: (running) => running.every((is) => !is),
  });
}
