import { posix } from "node:path";
import type { House, Manifest } from "./house.ts";
import type { Import } from "./source-file.ts";

/** An import of one file of the house by another one. */
interface ImportEdge extends Import {
  readonly from: string;
  readonly to: string;
}

/** The imports that lead to files of the house, whether these exist or not. */
export function importEdges(house: House): ImportEdge[] {
  const doors = doorsOf(house);
  return [...house.files.values()].flatMap(({ path: from, imports }) =>
    imports.flatMap((each) => {
      const { specifier } = each;
      const to = specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : doors.get(specifier);
      return to === undefined ? [] : [{ ...each, from, to }];
    }),
  );
}

/** The files that packages offer to others, by the specifier that leads to them. */
export function doorsOf(house: House): Map<string, string> {
  return new Map([...house.packages].flatMap(([folder, { manifest }]) => doorsOfPackage(folder, manifest)));
}

function doorsOfPackage(folder: string, { name, exports = {} }: Manifest): [string, string][] {
  return Object.entries(exports).flatMap(([path, target]) => {
    const source = typeof target === "string" ? undefined : target["@foundation/source"];
    return source === undefined ? [] : [[posix.join(name, path), posix.join("packages", folder, source)]];
  });
}

/** `zod` of `zod/v4`, `@a/b` of `@a/b/c`; nothing for relative paths and for what Node brings. */
export function packageNameOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return undefined;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
