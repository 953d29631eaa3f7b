// A link of limited rate and queue between two network namespaces, to measure what a fast loopback hides.
// Linux and root only. Nothing of it is visible outside: the devices and addresses exist only inside the namespaces.
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

/** One end of a {@link SlowLink}: run a program there with `ip netns exec NAMESPACE …` and bind it to `address`. */
interface SlowLinkEnd {
  readonly namespace: string;
  readonly address: string;
}

/** Two namespaces joined by a limited link. Disposing it removes both, and with them everything inside. */
export interface SlowLink extends AsyncDisposable {
  readonly a: SlowLinkEnd;
  readonly b: SlowLinkEnd;
  /** Rate in each direction, in megabits (10^6 bits) a second. */
  readonly rateMbit: number;
}

/** What limits a {@link SlowLink}, the same in both directions. */
interface SlowLinkOptions {
  /** Megabits a second. */
  readonly rateMbit: number;
  /** How long a full queue takes to drain, in milliseconds; what would wait longer is dropped. */
  readonly queueMs: number;
}

const run = promisify(execFile);
const namePrefix = "foundation-bench-";
const device = "veth0";
// `ip` and `tc` live where the PATH of some root shells does not look.
const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
let opened = 0;

/** Why {@link openSlowLink} would fail here, or `undefined` when it can be used. */
export function slowLinkUnavailable(): string | undefined {
  if (process.platform !== "linux") return "network namespaces exist only on Linux";
  if (process.getuid?.() !== 0) return "network namespaces need root";
  for (const tool of ["ip", "tc"]) {
    try {
      execFileSync(tool, ["-V"], { env, stdio: "ignore" });
    } catch {
      return `the command ${tool} (package iproute2) is missing`;
    }
  }
  return undefined;
}

/** Makes two namespaces, joins them, and limits both directions. Throws when {@link slowLinkUnavailable} has a reason. */
export async function openSlowLink({ rateMbit, queueMs }: SlowLinkOptions): Promise<SlowLink> {
  const unavailable = slowLinkUnavailable();
  if (unavailable !== undefined) throw new Error(`No slow link: ${unavailable}.`);
  await removeLeftovers();
  const name = `${namePrefix}${process.pid}-${++opened}`;
  const a: SlowLinkEnd = { namespace: `${name}-a`, address: "10.77.0.1" };
  const b: SlowLinkEnd = { namespace: `${name}-b`, address: "10.77.0.2" };
  const close = () => remove([a.namespace, b.namespace]);
  try {
    await ip("netns", "add", a.namespace);
    await ip("netns", "add", b.namespace);
    const peer = ["type", "veth", "peer", "name", device, "netns", b.namespace];
    await ip("link", "add", "name", device, "netns", a.namespace, ...peer);
    for (const { namespace, address } of [a, b]) {
      await ip("-n", namespace, "address", "add", `${address}/30`, "dev", device);
      await ip("-n", namespace, "link", "set", "lo", "up");
      await ip("-n", namespace, "link", "set", device, "up");
      const limit = ["tbf", "rate", `${rateMbit}mbit`, "burst", "256kb", "latency", `${queueMs}ms`];
      await run("tc", ["-n", namespace, "qdisc", "add", "dev", device, "root", ...limit], { env });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { a, b, rateMbit, [Symbol.asyncDispose]: close };
}

async function ip(...args: string[]): Promise<string> {
  const { stdout } = await run("ip", args, { env });
  return stdout;
}

async function namespaces(): Promise<string[]> {
  const listed = await ip("netns", "list");
  return listed.split("\n").flatMap((line) => line.split(" ")[0] || []);
}

async function remove(names: readonly string[]): Promise<void> {
  const existing = await namespaces();
  for (const name of names) if (existing.includes(name)) await ip("netns", "delete", name);
}

/** Removes what a process that was killed before it could dispose its links has left. */
async function removeLeftovers(): Promise<void> {
  const names = await namespaces();
  const owner = (name: string) => Number(name.slice(namePrefix.length).split("-")[0]);
  await remove(names.filter((name) => name.startsWith(namePrefix) && !isRunning(owner(name))));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
