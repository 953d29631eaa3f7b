import { type House, packageFolderOf } from "./house.ts";
import { doorsOf, importEdges } from "./import-graph.ts";

/** Programs whose exports are what they are about: the compiler's view of them is compared (test/types.test.ts). */
const subjects = /^test\/type-programs\//;

/**
 * What a file exports is imported by another file, or it is not exported. Doors of packages are for users.
 * Defaults are for tools that load a file by its path; a lint rule keeps them out elsewhere.
 */
export function unusedExportFaults(house: House): string[] {
  const used = new Map<string, Set<string>>();
  for (const { from, to, names } of importEdges(house)) {
    if (from === to) continue;
    used.set(to, new Set([...(used.get(to) ?? []), ...names]));
  }
  const doors = new Set(doorsOf(house).values());
  const looked = [...house.files.values()].filter(({ path }) => !doors.has(path) && !subjects.test(path));
  return looked.flatMap(({ path, exports }) => {
    const names = used.get(path);
    const unused = names?.has("*") ? [] : exports.filter((name) => name !== "default" && !names?.has(name));
    return unused.map((name) => `${path} exports ${name}, and no other file imports it: ${advice(path)}`);
  });
}

function advice(path: string): string {
  return packageFolderOf(path) === undefined
    ? "take the word export away, or remove it"
    : "take the word export away, remove it, or offer it in index.ts";
}
