// Slow: starts whole processes.
// How a node starts where the machine is not as usual: as another user, in namespaces, in workers, on full and foreign directories.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, statSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FoundationOptions } from "@foundation/runtime";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ProcessOptions, StartedNode, type StartOutcome } from "./support/started-node.ts";

// Up to five processes start one after the other, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

/** A user without an entry in the list of users. */
const nobodysId = 12_345;
const isRoot = process.geteuid?.() === 0;

let parent: string;
let directory: string;
const started: StartedNode[] = [];
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "node-start-"));
  await chmod(parent, 0o777);
  directory = join(parent, "private");
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((node) => node.kill()));
  await rm(parent, { recursive: true, force: true, maxRetries: 20 });
});

async function start(options: FoundationOptions, process: ProcessOptions = {}): Promise<StartedNode> {
  const node = await StartedNode.start({ directory, ...options }, process);
  started.push(node);
  return node;
}

/** Why a command cannot be run here; undefined when it can. */
function lacks(command: string): string | undefined {
  try {
    execFileSync("sh", ["-c", command], { stdio: ["ignore", "ignore", "pipe"] });
    return undefined;
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr ?? error).trim();
  }
}

/** Tests run for this user, and for an ordinary one where this one is root and that one may read the sources. */
const canBeNobody = isRoot && isReadableByAll(import.meta.dirname) && isReadableByAll(process.execPath);
const users: readonly (number | undefined)[] = canBeNobody ? [undefined, nobodysId] : [undefined];

function isReadableByAll(path: string): boolean {
  accessSync(path, constants.R_OK);
  for (let at = path; ; at = join(at, "..")) {
    if ((statSync(at).mode & 0o005) !== 0o005) return false;
    if (at === "/") return true;
  }
}

describe.each(users)("a node of user %s", (user) => {
  it("[V13] refuses a directory that others may enter, one of another user, and a link to one", async () => {
    const own = user ?? process.geteuid?.() ?? 0;
    await mkdir(directory);
    await chown(directory, own, own);
    await chmod(directory, 0o750);
    expect((await start({}, { user })).outcome).toMatchObject({ kind: "failed", code: "insecureDirectory" });
    // Also where the directory holds nothing but entries.
    const withSecret = await start({ secret: "a secret of the tests" }, { user });
    expect(withSecret.outcome).toMatchObject({ kind: "failed", code: "insecureDirectory" });
    await chmod(directory, 0o700);
    const link = join(parent, "link");
    await symlink(directory, link);
    expect((await start({ directory: link }, { user })).outcome).toMatchObject({ code: "insecureDirectory" });
    if (!isRoot) return;
    await chown(directory, own + 1, own + 1);
    const { outcome } = await start({}, { user });
    // Of a directory of another user an ordinary one sees owner and mode, and that is enough.
    expect(outcome).toMatchObject({ code: "insecureDirectory", message: expect.stringContaining(`user ${own + 1}`) });
  });

  it("[V13] refuses a cookie of another user and one that others may read", async () => {
    const own = user ?? process.geteuid?.() ?? 0;
    const cookie = join(directory, "cookie");
    await mkdir(directory, { mode: 0o700 });
    await chown(directory, own, own);
    await writeFile(cookie, "a".repeat(64), { mode: 0o640 });
    await chown(cookie, own, own);
    expect((await start({}, { user })).outcome).toMatchObject({ kind: "failed", code: "insecureCookie" });
    await chmod(cookie, 0o600);
    expect((await start({}, { user })).outcome.kind).toBe("started");
    if (!isRoot) return;
    await chown(cookie, own + 1, own + 1);
    expect((await start({}, { user })).outcome).toMatchObject({
      kind: "failed",
      name: expect.stringMatching(/Error$/),
    });
  });

  it("[Y7] puts back all that a cleaner has removed, and newcomers are let in", async () => {
    const [a, b] = [await start({ name: "a" }, { user }), await start({ name: "b" }, { user })];
    await Promise.all([a.sees("a", "b"), b.sees("a", "b")]);
    const cookie = await readFile(join(directory, "cookie"), "utf8");
    await rm(join(directory, "cookie"));
    const c = await start({ name: "c" }, { user });
    await Promise.all([a, b, c].map((node) => node.sees("a", "b", "c")));
    expect(await readFile(join(directory, "cookie"), "utf8")).toBe(cookie);
    // Again where a node puts something back meanwhile.
    await rm(directory, { recursive: true, maxRetries: 20, retryDelay: 5 });
    const d = await start({ name: "d" }, { user });
    await Promise.all([a, b, c, d].map((node) => node.sees("a", "b", "c", "d")));
    for (const path of [directory, join(directory, "nodes")]) expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, "cookie"))).mode & 0o777).toBe(0o600);
  });

  it("[Y17] that has the name of another one says so, and so does the other one", async () => {
    const twins = [await start({ name: "twin" }, { user }), await start({ name: "twin" }, { user })];
    for (const twin of twins) {
      const { lines } = await twin.reaches(({ lines }) => lines.some(({ text }) => text.includes("duplicateNode")));
      const line = lines.find(({ text }) => text.includes("duplicateNode"));
      expect(line).toMatchObject({ level: "warn", text: expect.stringContaining("give each node its own id") });
    }
  });

  it("[Y6] says which directory it cannot use, and why", async () => {
    await writeFile(join(parent, "file"), "");
    const below = await start({ directory: join(parent, "file", "below") }, { user });
    expect(below.outcome).toMatchObject({ name: "DiscoveryError", code: "directoryUnusable", causeCode: "ENOTDIR" });
    const proc = await start({ directory: "/proc/foundation" }, { user });
    expect(proc.outcome).toMatchObject({ name: "DiscoveryError", code: "directoryUnusable" });
    expect(proc.outcome).toMatchObject({ message: expect.stringContaining("/proc/foundation") });
  });
});

// Needs root, to start a process as another user, who may read the sources.
describe.runIf(canBeNobody)("a node of an ordinary user", () => {
  it("[Y4] starts under a user id without an entry in the list of users, and finds others of that user", async () => {
    const env = { TMPDIR: parent };
    const options = { directory: undefined };
    const a = await start({ ...options, name: "a" }, { user: nobodysId, env });
    expect(a.outcome).toMatchObject({ kind: "started", uid: nobodysId, hasUserEntry: false });
    const b = await start({ ...options, name: "b" }, { user: nobodysId, env });
    await Promise.all([a.sees("a", "b"), b.sees("a", "b")]);
    expect(await readdir(parent)).toEqual([`foundation-${nobodysId}`]);
    const alone = await start({ ...options, cluster: "none" }, { user: nobodysId, env });
    expect(alone.outcome.kind).toBe("started");
    // Root's own nodes are others.
    const root = await start({ ...options, name: "root" }, { env });
    await root.sees("root");
  });

  it("[Y6] says that it must not write to its directory, where an entry or a new directory would be", async () => {
    await chmod(parent, 0o755);
    const { outcome } = await start({}, { user: nobodysId });
    expect(outcome).toMatchObject({ code: "directoryUnusable", causeCode: "EACCES" });
    expect(outcome).toMatchObject({ message: expect.stringContaining(directory) });
    await mkdir(directory, { mode: 0o500 });
    await chown(directory, nobodysId, nobodysId);
    const unwritable = await start({}, { user: nobodysId });
    expect(unwritable.outcome).toMatchObject({ code: "directoryUnusable", causeCode: "EACCES" });
    const withSecret = await start({ secret: "a secret of the tests" }, { user: nobodysId });
    expect(withSecret.outcome).toMatchObject({ code: "directoryUnusable", causeCode: "EACCES" });
  });

  it("[Y6] goes on with those it knows, and finds others, when its directory cannot be written to any more", async () => {
    const a = await start({ name: "a" }, { user: nobodysId });
    const folder = join(directory, "nodes", (await readdir(join(directory, "nodes")))[0] ?? "");
    await rm(join(folder, (await readdir(folder))[0] ?? ""));
    await chmod(folder, 0o500);
    const { lines } = await a.reaches(({ lines }) => lines.some(({ level }) => level === "warn"));
    expect(lines.filter(({ level }) => level === "warn").map(({ text }) => text)).toEqual([
      expect.stringMatching(/others cannot find this node: .*EACCES/),
    ]);
    const b = await start({ name: "b", seeds: [`127.0.0.1:${a.address.port}`], cluster: "none" }, { user: nobodysId });
    await Promise.all([a.sees("a", "b"), b.sees("a", "b")]);
    await chmod(folder, 0o700);
    await expect.poll(() => readdir(folder), { timeout: 10_000 }).toHaveLength(1);
  });
});

// Needs what containers are made of: root, or a kernel that gives namespaces to everybody.
describe("a node in a namespace", () => {
  const noPids = lacks("unshare --pid --fork --mount-proc true");
  it.skipIf(noPids !== undefined)(
    "[Y5] finds those in another namespace of process ids, and neither removes the other's entry",
    async () => {
      const inside = { within: 'exec unshare --pid --fork --kill-child --mount-proc "$@"' };
      const a = await start({ name: "a" });
      const folder = join(directory, "nodes", (await readdir(join(directory, "nodes")))[0] ?? "");
      const [entry = ""] = await readdir(folder);
      const { ino } = await stat(join(folder, entry));
      const b = await start({ name: "b" }, inside);
      await Promise.all([a.sees("a", "b"), b.sees("a", "b")]);
      // A third one, found by all, shows that all have looked at the entries meanwhile.
      const c = await start({ name: "c" }, inside);
      await Promise.all([a, b, c].map((node) => node.sees("a", "b", "c")));
      expect(await readdir(folder)).toHaveLength(3);
      expect((await stat(join(folder, entry))).ino).toBe(ino);
      await c.kill();
      await Promise.all([a, b].map((node) => node.sees("a", "b")));
    },
  );

  const noWatches = lacks("unshare -U -r sh -c 'echo 0 > /proc/sys/user/max_inotify_instances'");
  it.skipIf(noWatches !== undefined)("[Y6] goes on without watching when no watches are left", async () => {
    const within = `exec unshare -U -r sh -c 'echo 0 > /proc/sys/user/max_inotify_instances; exec "$@"' sh "$@"`;
    const a = await start({ name: "a" }, { within });
    const { lines } = await a.ask("state");
    expect(lines.filter(({ text }) => text.includes("cannot be watched"))).toHaveLength(1);
    const b = await start({ name: "b" }, { within });
    await Promise.all([a.sees("a", "b"), b.sees("a", "b")]);
  });

  const link = "ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up";
  const noNetwork = lacks(`unshare -n sh -c '${link}'`);
  it.skipIf(noNetwork !== undefined)(
    "[Y19] announces no address that stands for all, whatever the machine has",
    async () => {
      const machine = (commands: string): ProcessOptions => ({
        within: `exec unshare -n sh -c 'ip link set lo up && ${commands}; exec "$@"' sh "$@"`,
      });
      const open = { host: "0.0.0.0", insecure: true, secret: "a secret of the tests" } as const;
      const alone = await start({ ...open, name: "alone" }, machine("true"));
      expect(alone.address.host).toBe("127.0.0.1");
      const one = await start({ ...open, name: "one" }, machine(`${link} && ip addr add 10.9.8.7/24 dev v0`));
      expect(one.address).toEqual({ host: "10.9.8.7", port: expect.any(Number) });
      expect(one.address.port).toBeGreaterThan(0);
      const two = `${link} && ip addr add 10.9.8.7/24 dev v0 && ip addr add 10.7.8.9/24 dev v1`;
      const { outcome } = await start({ ...open, name: "two" }, machine(two));
      expect(outcome).toMatchObject({ name: "StartError", code: "ambiguousAddress" });
      expect(outcome).toMatchObject({
        message: expect.stringMatching(/10\.9\.8\.7.*10\.7\.8\.9|10\.7\.8\.9.*10\.9\.8\.7/),
      });
      const told = await start({ ...open, name: "told", advertise: { host: "10.7.8.9" } }, machine(two));
      expect(told.address).toEqual({ host: "10.7.8.9", port: expect.any(Number) });
    },
  );

  it("[Y6] starts although its current directory was removed, unless its directory is relative to that", async () => {
    const within = `mkdir "${parent}/gone"; cd "${parent}/gone" && rmdir "${parent}/gone" && exec "$@"`;
    const absolute = await start({ cluster: "none" }, { within });
    expect(absolute.outcome).toMatchObject({ kind: "started" });
    const relative = await start({ cluster: "none", directory: "here" }, { within });
    expect(relative.outcome).toMatchObject({ code: "directoryUnusable", causeCode: "ENOENT" });
  });

  const noMounts = lacks(`unshare -m mount -t tmpfs -o size=64k none ${tmpdir()}`);
  it.skipIf(noMounts !== undefined)("[Y6] says that the disk is full or read-only, and where", async () => {
    const mount = (options: string, then: string): string =>
      `exec unshare -m sh -c 'mount -t tmpfs -o mode=700,${options} none "${parent}" && ${then}; exec "$@"' sh "$@"`;
    const fill = `mkdir -m 700 ${directory}; cat /dev/zero > ${parent}/zeros 2> ${parent}/errors`;
    const full = await start({}, { within: mount("size=64k", fill) });
    expect(full.outcome).toMatchObject({ code: "directoryUnusable", causeCode: "ENOSPC" });
    expect(full.outcome).toMatchObject({ message: expect.stringContaining(directory) });
    const fullOfEntries = await start({ secret: "a secret of the tests" }, { within: mount("size=64k", fill) });
    expect(fullOfEntries.outcome).toMatchObject({ code: "directoryUnusable", causeCode: "ENOSPC" });
    const readOnly = await start({}, { within: mount("size=64k", `mount -o remount,ro "${parent}"`) });
    expect(readOnly.outcome).toMatchObject({ code: "directoryUnusable", causeCode: "EROFS" });
  });
});

describe("[Y3] workers of node:cluster", () => {
  const fleets: ChildProcess[] = [];
  afterEach(async () => {
    for (const fleet of fleets.splice(0)) {
      if (fleet.exitCode !== null) continue;
      const exit = once(fleet, "exit");
      fleet.send("end");
      await exit;
    }
  });

  async function outcomes(count: number, options: FoundationOptions): Promise<StartOutcome[]> {
    const program = join(import.meta.dirname, "support/cluster-workers.ts");
    const given = JSON.stringify({ directory, ...options });
    const fleet = spawn(process.execPath, ["--conditions=@foundation/source", program, `${count}`, given], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    fleets.push(fleet);
    const messages: StartOutcome[] = [];
    while (messages.length < count) {
      const [message] = await once(fleet, "message");
      messages.push(message);
    }
    return messages;
  }

  it("listen on a port each, and are one cluster", async () => {
    const all = await outcomes(3, {});
    const ports = all.map((outcome) => (outcome.kind === "started" ? outcome.address.port : outcome));
    expect(new Set(ports).size).toBe(3);
    const visitor = await start({ name: "visitor" });
    await visitor.sees("visitor", ...all.map((outcome) => outcome.name));
  });

  it("say that a fixed port is taken, all but one", async () => {
    const free = await start({ name: "first" });
    const { port } = free.address;
    await free.kill();
    const all = await outcomes(3, { port });
    expect(all.map((outcome) => (outcome.kind === "failed" ? outcome.code : outcome.kind)).sort()).toEqual([
      "addressInUse",
      "addressInUse",
      "started",
    ]);
  });
});

describe("[V13] options that are given in code", () => {
  it("win over variables of the environment, which stand for those that are not", async () => {
    const env = { FOUNDATION_NAME: "from-environment", FOUNDATION_HOST: "192.0.2.1", FOUNDATION_CLUSTER: "none" };
    const { outcome } = await start({ name: "from-code", host: "127.0.0.1" }, { env });
    expect(outcome).toMatchObject({ kind: "started", name: "from-code", address: { host: "127.0.0.1" } });
    // It is `cluster: "none"`, which was not given: it has left no entry.
    expect(await readdir(directory)).toEqual(["cookie"]);
    const other = await start({ host: "127.0.0.1" }, { env });
    expect(other.outcome).toMatchObject({ kind: "started", name: "from-environment" });
  });
});
