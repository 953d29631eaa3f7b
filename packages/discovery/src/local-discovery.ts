import { type FSWatcher, watch } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { DiscoveryError } from "./errors.ts";
import { ensurePrivateDirectory } from "./private-directory.ts";
import type { Announcement, DiscoveryStrategy, PeerCandidate } from "./strategy.ts";

const entrySchema = z.object({
  nodeId: z.string().min(1).max(128),
  host: z.string().min(1).max(255),
  port: z.int().min(1).max(65_535),
  pid: z.int().min(1),
});

/** Entries read in one go; a directory with more is read in part. */
const entriesMax = 1_024;
/** Larger files are no entries. Bytes. */
const entryBytesMax = 4_096;

/**
 * Finds the nodes of one cluster name that run on this machine as the same user.
 *
 * Each node keeps one small file, named by its id, in a directory that only this user can enter. What a killed process
 * left behind is removed by the next node that looks.
 */
export class LocalDiscovery implements DiscoveryStrategy {
  readonly name = "local";
  readonly #root: string;
  readonly #listeners = new Set<() => void>();
  #directory: string | undefined;
  #file: string | undefined;
  #entry = "";
  #watcher: FSWatcher | undefined;

  /** @param root a directory for all clusters of this user; created with mode 0700. */
  constructor(root: string) {
    this.#root = root;
  }

  /** @throws DiscoveryError `insecureDirectory`, `directoryUnusable`. */
  async announce({ cluster, nodeId, host, port }: Announcement): Promise<void> {
    await ensurePrivateDirectory(this.#root);
    // The name of a cluster may hold anything; that of a directory may not.
    this.#directory = join(this.#root, `cluster-${Buffer.from(cluster).toString("base64url")}`);
    await ensurePrivateDirectory(this.#directory);
    this.#file = join(this.#directory, `${nodeId}.json`);
    this.#entry = JSON.stringify({ nodeId, host, port, pid: process.pid });
    this.#watcher = watch(this.#directory, { persistent: false }, () => {
      for (const listener of this.#listeners) listener();
    });
    // Watching only saves time: what it misses is found at the next tick.
    this.#watcher.on("error", () => this.#watcher?.close());
    await this.#write();
  }

  async discover(): Promise<readonly PeerCandidate[]> {
    const directory = this.#directory;
    if (directory === undefined) return [];
    let names: string[];
    try {
      names = await readdir(directory);
    } catch (error) {
      throw new DiscoveryError("directoryUnusable", `cannot read ${directory}: ${String(error)}`, { cause: error });
    }
    const files = names.filter((name) => name.endsWith(".json")).slice(0, entriesMax);
    const entries = await Promise.all(files.map((name) => this.#read(join(directory, name))));
    if (this.#file !== undefined && !names.includes(`${this.#file.slice(directory.length + 1)}`)) await this.#write();
    return entries.filter((entry) => entry !== undefined);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async withdraw(): Promise<void> {
    this.#watcher?.close();
    const file = this.#file;
    this.#file = this.#directory = undefined;
    // A node that was started again under the same id may have replaced the file; leave it alone then.
    if (file !== undefined && (await readFile(file, "utf8").catch(() => undefined)) === this.#entry)
      await rm(file, { force: true });
  }

  /** Readers never see half a file: it is renamed into place. */
  async #write(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    const draft = `${file}.${process.pid}.draft`;
    await writeFile(draft, this.#entry, { mode: 0o600 });
    await rename(draft, file);
  }

  async #read(file: string): Promise<PeerCandidate | undefined> {
    const text = await readFile(file, "utf8").catch(() => "");
    if (text.length > entryBytesMax) return undefined;
    const entry = entrySchema.safeParse(parseJson(text));
    if (!entry.success) return undefined;
    const { nodeId, host, port, pid } = entry.data;
    if (isRunning(pid)) return { nodeId, host, port };
    await rm(file, { force: true }).catch(() => {});
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
