import { type FSWatcher, watch } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Runtime } from "@foundation/actor";
import { OptionTable, optionRule, RepeatedEvents } from "@foundation/actor/spi";
import { DiscoveryError } from "./errors.ts";
import {
  clusterFolder,
  entriesFolder,
  entryFile,
  entrySuffix,
  type FoundEntry,
  hasEnded,
  type LocalEntry,
  readEntry,
} from "./local-entry.ts";
import { directoryUnusable, ensurePrivateDirectory } from "./private-directory.ts";
import { writePrivateFile } from "./private-file.ts";
import { processSpace } from "./process-space.ts";
import type { Announcement, DiscoveryStrategy, PeerCandidate } from "./strategy.ts";

/** Entries read in one go; a folder with more is read in part. */
const entriesMax = 1_024;
/** Files that are open at a time. */
const openMax = 16;
/** How often a node writes its entry again, so that nobody takes it for a leftover. Milliseconds: 10 minutes. */
const refreshMs = 600_000;
/** An entry that is so much older than this node's own is a leftover, wherever its process ran. Milliseconds: one hour. */
const leftoverMs = 3_600_000;

const { objectWith, required, rule } = optionRule;

const argumentTable = new OptionTable<{ readonly directory: string; readonly runtime: Pick<Runtime, "log" | "now"> }>(
  "LocalDiscovery",
  {
    directory: required(rule("the path of a directory", (value) => typeof value === "string" && value !== "")),
    runtime: required(objectWith("a Runtime", "now")),
  },
  (message) => new DiscoveryError("invalidOption", message),
);

/** Where this node's own entry is. */
interface Own {
  readonly entry: LocalEntry;
  readonly folder: string;
  readonly file: string;
}

/**
 * Finds the nodes of one cluster name that run on this machine as the same user.
 *
 * Each life of a node keeps one small file in a directory that only this user can enter, and puts it back when it was
 * removed. What a killed process left behind is removed by the next node that looks; where the life of a process cannot be
 * told, in another container that shares the directory, an hour later.
 */
export class LocalDiscovery implements DiscoveryStrategy {
  readonly name = "local";
  readonly #directory: string;
  readonly #runtime: Pick<Runtime, "log" | "now">;
  readonly #space = processSpace();
  readonly #listeners = new Set<() => void>();
  #own: Own | undefined;
  #watcher: FSWatcher | undefined;
  #writing: Promise<void> | undefined;
  #writtenAt = 0;
  readonly #reports: RepeatedEvents;
  #isWatchless = false;

  /** @param directory for all clusters of this user; created with mode 0700. @throws DiscoveryError `invalidOption`. */
  constructor(directory: string, runtime: Pick<Runtime, "log" | "now">) {
    argumentTable.check({ directory, runtime });
    this.#directory = directory;
    this.#runtime = runtime;
    this.#reports = new RepeatedEvents(() => runtime.now());
  }

  /** @throws DiscoveryError `insecureDirectory`, `directoryUnusable`. */
  async announce({ cluster, nodeId, host, port }: Announcement): Promise<void> {
    const entry = { nodeId, host, port, pid: process.pid, space: this.#space };
    const folder = clusterFolder(this.#directory, cluster);
    this.#own = { entry, folder, file: join(folder, entryFile(entry)) };
    await this.#write(this.#own);
    this.#watch(folder);
  }

  /** @throws DiscoveryError `insecureDirectory`, `directoryUnusable`. */
  async discover(): Promise<readonly PeerCandidate[]> {
    const own = this.#own;
    if (own === undefined) return [];
    await this.#ensure(own.folder);
    const names = await readdir(own.folder).catch((error: Error) => {
      throw directoryUnusable("read", own.folder, error);
    });
    const isLost = !names.includes(basename(own.file));
    if (isLost || this.#runtime.now() - this.#writtenAt > refreshMs) await this.#putBack(own, isLost);
    const entries = await this.#read(own, names);
    return entries.map(({ nodeId, host, port }) => ({ nodeId, host, port }));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async withdraw(): Promise<void> {
    this.#watcher?.close();
    const own = this.#own;
    this.#own = undefined;
    await this.#writing?.catch(() => {});
    if (own !== undefined) await rm(own.file, { force: true });
  }

  // ---- entries ----

  async #read(own: Own, names: readonly string[]): Promise<FoundEntry[]> {
    const files = names.filter((name) => name.endsWith(entrySuffix)).slice(0, entriesMax);
    const found: { readonly file: string; readonly entry: FoundEntry }[] = [];
    for (let at = 0; at < files.length; at += openMax) {
      const some = files.slice(at, at + openMax).map(async (name) => {
        const file = join(own.folder, name);
        const entry = await readEntry(file);
        if (entry !== undefined) found.push({ file, entry });
      });
      await Promise.all(some);
    }
    const ownChangedAt = found.find(({ file }) => file === own.file)?.entry.changedAt ?? 0;
    const isLeftover = (entry: FoundEntry): boolean =>
      hasEnded(entry, this.#space) || ownChangedAt - entry.changedAt > leftoverMs;
    const leftovers = found.filter(({ entry }) => isLeftover(entry));
    await Promise.all(leftovers.map(({ file }) => rm(file, { force: true }).catch(() => {})));
    return found.filter((each) => !leftovers.includes(each)).map(({ entry }) => entry);
  }

  /** What was removed while this node runs. Others are found all the same when that fails. */
  async #putBack(own: Own, isLost: boolean): Promise<void> {
    try {
      await this.#write(own);
    } catch (error) {
      if (this.#reports.admit(own.file) === undefined) return;
      this.#runtime.log.warn("others cannot find this node: its entry cannot be written", { why: String(error) });
      return;
    }
    // The folder may be another one than before.
    if (isLost) this.#watch(own.folder);
  }

  #write(own: Own): Promise<void> {
    this.#writing ??= this.#put(own).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #put({ entry, folder, file }: Own): Promise<void> {
    await this.#ensure(folder);
    if (this.#own?.file !== file) return;
    await writePrivateFile(file, JSON.stringify(entry), { draft: `${file}.draft` });
    this.#writtenAt = this.#runtime.now();
  }

  /** Each on the way to the entries, from the top, may have been replaced since. */
  async #ensure(folder: string): Promise<void> {
    for (const path of [this.#directory, join(this.#directory, entriesFolder), folder])
      await ensurePrivateDirectory(path);
  }

  // ---- changes ----

  /** Watching only saves time: what it misses, or all where the system has no watches left, is found at the next tick. */
  #watch(folder: string): void {
    this.#watcher?.close();
    if (this.#own?.folder !== folder) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#changed());
      watcher.on("error", (error) => {
        watcher.close();
        this.#cannotWatch(folder, error);
      });
      this.#watcher = watcher;
    } catch (error) {
      this.#cannotWatch(folder, error);
    }
  }

  #cannotWatch(folder: string, error: unknown): void {
    if (this.#isWatchless) return;
    this.#isWatchless = true;
    const fields = { folder, why: String(error) };
    this.#runtime.log.info("new nodes are found a second later: the folder of entries cannot be watched", fields);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
