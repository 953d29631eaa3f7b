// Network namespaces of Linux, by the commands of iproute2. What is made here is invisible to the rest of the machine.
import { execFile, execFileSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { isRunning } from "../is-running.ts";

const run = promisify(execFile);
/** All namespaces of the testkit, followed by the id of the process that made them. */
const namePrefix = "foundation-test-";
// `ip` and `tc` live where the PATH of some root shells does not look.
const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
let made = 0;
let unavailable: { readonly reason: string | undefined } | undefined;

/**
 * Why `hosts: "namespaces"` would be refused here; `undefined` when it can be used. Tests skip with it as their reason.
 *
 * @example
 * ```ts
 * const reason = namespacesUnavailable();
 * it.skipIf(reason !== undefined)(`on hosts of their own${reason ? ` (skipped: ${reason})` : ""}`, async () => { … });
 * ```
 */
export function namespacesUnavailable(): string | undefined {
  unavailable ??= { reason: findObstacle() };
  return unavailable.reason;
}

/** A name that no other process uses, and that says whose it is. */
export function newNamespaceName(): string {
  return `${namePrefix}${process.pid}-${++made}`;
}

/** Runs `ip` with these arguments. */
export async function ip(...args: string[]): Promise<void> {
  await run("ip", args, { env });
}

/** Runs `ip` with these arguments and waits for its end. */
export function ipNow(...args: string[]): void {
  execFileSync("ip", args, { env, stdio: "pipe" });
}

/** Runs `tc` with these arguments. */
export async function tc(...args: string[]): Promise<void> {
  await run("tc", args, { env });
}

/** A command that runs the program it is followed by inside a namespace. The program keeps the process id. */
export function insideNamespace(namespace: string): string[] {
  return ["env", `PATH=${env.PATH}`, "ip", "netns", "exec", namespace];
}

/** Removes what processes have left that were killed before they could. */
export async function removeLeftNamespaces(): Promise<void> {
  const names = await readdir("/run/netns").catch(() => []);
  const owner = (name: string): number => Number.parseInt(name.slice(namePrefix.length), 10);
  const left = names.filter((name) => name.startsWith(namePrefix) && !isRunning(owner(name)));
  // Another process may be removing the same ones.
  await Promise.all(left.map((name) => ip("netns", "delete", name).catch(() => {})));
}

function findObstacle(): string | undefined {
  if (process.platform !== "linux") return "network namespaces exist only on Linux";
  if (process.getuid?.() !== 0) return "network namespaces need root";
  for (const tool of ["ip", "tc"]) {
    try {
      execFileSync(tool, ["-V"], { env, stdio: "ignore" });
    } catch {
      return `the command ${tool} (package iproute2) is missing`;
    }
  }
  const probe = newNamespaceName();
  try {
    ipNow("netns", "add", probe);
    ipNow("netns", "delete", probe);
    return undefined;
  } catch (error) {
    return `a network namespace cannot be made: ${(error as { stderr?: Buffer }).stderr?.toString().trim() ?? String(error)}`;
  }
}
