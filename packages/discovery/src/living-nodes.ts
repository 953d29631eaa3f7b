import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { entriesFolder, entrySuffix, hasEnded, readEntry } from "./local-entry.ts";
import { processSpace } from "./process-space.ts";

/**
 * Whether a node of any cluster may be running that has its entry below `directory`; also one in another container, whose life
 * cannot be told.
 *
 * @param directory as {@link LocalDiscovery} has it. One that cannot be read has no nodes.
 */
export async function hasLivingNodes(directory: string): Promise<boolean> {
  const space = processSpace();
  const root = join(directory, entriesFolder);
  for (const folder of await names(root)) {
    for (const file of await names(join(root, folder))) {
      if (!file.endsWith(entrySuffix)) continue;
      const entry = await readEntry(join(root, folder, file)).catch(() => undefined);
      if (entry !== undefined && !hasEnded(entry, space)) return true;
    }
  }
  return false;
}

function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
