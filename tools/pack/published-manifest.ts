/** What a `package.json` of this repository says. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>> | string | null>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** The condition that leads to the sources. They are not published, so neither is the condition. */
const sourceCondition = "@foundation/source";

/**
 * The manifest that goes into a package's tarball: with versions for the ranges that mean this workspace, and without what only
 * this repository uses.
 *
 * @param versions of the workspace's packages, by name.
 */
export function publishedManifest(manifest: Manifest, versions: ReadonlyMap<string, string>): Manifest {
  const { devDependencies: _, dependencies = {}, exports, ...rest } = manifest;
  return {
    ...rest,
    exports: Object.fromEntries(Object.entries(exports).map(([path, target]) => [path, withoutSource(target)])),
    dependencies: Object.fromEntries(
      Object.entries(dependencies).map(([name, range]) => [name, publishedRange(name, range, versions)]),
    ),
  } as Manifest;
}

function withoutSource(target: Manifest["exports"][string] | undefined): Manifest["exports"][string] {
  if (typeof target !== "object" || target === null) return target ?? null;
  return Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== sourceCondition));
}

/** Packages of one workspace are released together, and fit each other in one version only. */
function publishedRange(name: string, range: string, versions: ReadonlyMap<string, string>): string {
  if (!range.startsWith("workspace:")) return range;
  const version = versions.get(name);
  if (version === undefined) throw new Error(`${name} is said to be of this workspace (${range}), and is not`);
  return version;
}
