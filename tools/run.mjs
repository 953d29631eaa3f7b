// Runs a project command on the pinned toolchain, installing it first when it is absent or out of date.
// Plain JavaScript without dependencies: it has to work on any Node >= 20 before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const PNPM = "pnpm@12.21.0";
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const stampFile = join(root, "node_modules", ".install-stamp");

/** A digest of every file that decides what gets installed. */
function installDigest() {
  const manifests = readdirSync(join(root, "packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join("packages", entry.name, "package.json"))
    .filter((file) => existsSync(join(root, file)));
  const digest = createHash("sha256");
  for (const file of ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests.sort()]) {
    digest.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return digest.digest("hex");
}

function installed(digest) {
  return existsSync(stampFile) && existsSync(join(bin, "node")) && readFileSync(stampFile, "utf8") === digest;
}

function install(digest) {
  process.stderr.write("Installing the toolchain and dependencies (once, about a minute) ...\n");
  const npx = process.platform === "win32" ? "npx.cmd" : "npx";
  // Standard output belongs to the command that follows (it may be JSON), so the installer writes to standard error.
  const { status, error } = spawnSync(npx, ["--yes", PNPM, "install", "--frozen-lockfile", "--loglevel=warn"], {
    cwd: root,
    stdio: ["ignore", process.stderr, process.stderr],
    shell: process.platform === "win32",
  });
  if (error || status !== 0) {
    process.stderr.write(`Installation failed${error ? `: ${error.message}` : ` with exit code ${status}`}.\n`);
    process.exit(status || 1);
  }
  writeFileSync(stampFile, digest);
}

function run([command, ...args]) {
  const isSource = command.endsWith(".ts");
  const node = join(bin, "node");
  const file = isSource ? node : join(bin, command);
  const sourceArgs = ["--conditions=@foundation/source", resolve(root, command), ...args];
  const child = spawn(file, isSource ? sourceArgs : args, {
    stdio: "inherit",
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` },
  });
  passSignals(child);
  endWithShell(child);
  child.on("error", (error) => {
    process.stderr.write(`Cannot run ${file}: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(signal ? 1 : code));
}

/**
 * Ctrl-C, and the end of a terminal, reach the child from there: the terminal sends them to all that it runs. Passed on they would come
 * twice, and the second Ctrl-C ends a program that has just begun to leave in order.
 */
function passSignals(child) {
  const isInTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  const fromTerminal = isInTerminal ? ["SIGINT", "SIGHUP"] : [];
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => fromTerminal.includes(signal) || child.kill(signal));
  }
}

/** npm sends SIGTERM to the shell that runs this script, and the shell ends without passing it on; the child would go on alone. */
function endWithShell(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const check = () => process.ppid !== shell && child.kill("SIGTERM");
  setInterval(check, 200).unref();
}

if (process.argv.length < 3) {
  process.stderr.write("Usage: node tools/run.mjs <script.ts | tool> [arguments]\n");
  process.exit(2);
}
const digest = installDigest();
if (!installed(digest)) install(digest);
run(process.argv.slice(2));
