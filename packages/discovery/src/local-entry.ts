import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { readPrivateFile } from "./private-file.ts";
import { isRunning } from "./process-space.ts";

/** What a node leaves in the directory so that others find it. */
export interface LocalEntry {
  readonly nodeId: string;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** See `processSpace`. */
  readonly space?: string | undefined;
}

const entrySchema: z.ZodType<LocalEntry> = z.object({
  nodeId: z.string().min(1).max(128),
  host: z
    .string()
    .max(255)
    .regex(/^[A-Za-z0-9._:-]+$/),
  port: z.int().min(1).max(65_535),
  pid: z.int().min(1),
  space: z.string().max(512).optional(),
});

/** An entry that was read. */
export interface FoundEntry extends LocalEntry {
  /** When it was written or touched last. Milliseconds. */
  readonly changedAt: number;
}

/** Larger files are no entries. Bytes. */
const entryBytesMax = 4_096;
/** Where the entries of all clusters of a user are, below the user's directory. */
export const entriesFolder: string = "nodes";
/** How names of entries end; other files in the folder are none. */
export const entrySuffix: string = ".json";

/** Where the nodes of `cluster` leave their entries. Its name may be long and hold anything, so that of the folder is a digest. */
export function clusterFolder(directory: string, cluster: string): string {
  return join(directory, entriesFolder, `cluster-${digest(cluster)}`);
}

/**
 * The name of an entry's file: another one for each life of a node, so that two nodes of one name do not hide each other, and
 * without the id, which may differ from another one in nothing but its case.
 */
export function entryFile({ nodeId, host, port, pid, space }: LocalEntry): string {
  return `${digest(JSON.stringify([nodeId, host, port, pid, space]))}${entrySuffix}`;
}

/** @returns undefined when the file is gone or no entry. @throws DiscoveryError `directoryUnusable`. */
export async function readEntry(file: string): Promise<FoundEntry | undefined> {
  const found = await readPrivateFile(file, entryBytesMax);
  if (found === undefined || found === "odd") return undefined;
  const entry = entrySchema.safeParse(parseJson(found.text));
  return entry.success ? { ...entry.data, changedAt: found.changedAt } : undefined;
}

/**
 * Whether the process that left the entry is known to have ended.
 *
 * @param ownSpace of this process; ids of other spaces mean other processes here, or none.
 */
export function hasEnded({ pid, space }: LocalEntry, ownSpace: string | undefined): boolean {
  return ownSpace !== undefined && space === ownSpace && !isRunning(pid);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
