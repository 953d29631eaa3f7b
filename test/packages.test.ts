// Slow: looks at made packages with all their tools.
// What npm run check finds wrong with a package before it is published.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPackageFaults } from "../tools/pack/find-package-faults.ts";
import { type Manifest, publishedManifest } from "../tools/pack/published-manifest.ts";

const manifest: Manifest = {
  name: "sound",
  version: "1.0.0",
  license: "MIT",
  type: "module",
  main: "./dist/index.js",
  types: "./dist/index.d.ts",
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  dependencies: {},
};
const files = {
  "dist/index.js": "export const one = 1;\n",
  "dist/index.d.ts": "export declare const one: number;\n",
};

describe("a package that is about to be published", () => {
  let folder = "";

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "foundation-packages-"));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The faults of a package that differs in some files and fields from one without any. */
  async function faults(name: string, changed: { files?: Record<string, string>; fields?: Partial<Manifest> }) {
    const staged = { name, folder: join(folder, name), manifest: { ...manifest, ...changed.fields, name } as Manifest };
    const content = { ...files, ...changed.files, "package.json": JSON.stringify(staged.manifest) };
    for (const [path, text] of Object.entries(content)) {
      await mkdir(dirname(join(staged.folder, path)), { recursive: true });
      await writeFile(join(staged.folder, path), text);
    }
    return findPackageFaults(staged);
  }

  it("[Z3] has no faults when it is sound", async () => {
    expect(await faults("sound", {})).toEqual([]);
  });

  it("[Z3] has a fault when it promises a file that is not there", async () => {
    const fields = { exports: { ".": { types: "./dist/index.d.ts", default: "./dist/gone.js" } } };
    expect((await faults("gone", { fields })).join("\n")).toMatch(/gone: .*gone\.js/);
  });

  it("[Z3] has a fault when the compiler does not find its types", async () => {
    const fields = { types: undefined, exports: { ".": { default: "./lib/index.js" } }, main: "./lib/index.js" };
    const untyped = { "lib/index.js": "export const one = 1;\n" };
    expect((await faults("untyped", { files: untyped, fields })).join("\n")).toContain("UntypedResolution");
  });

  it("[Z3] has a fault when its declarations lead to a file that is not there", async () => {
    const leading = { "dist/index.d.ts": 'export { one } from "./one.js";\n' };
    expect((await faults("leading", { files: leading })).join("\n")).toContain("InternalResolutionError");
  });

  it("[X14] has a fault when a value leads to a type without a name", async () => {
    const unnamed = {
      "dist/index.d.ts":
        'import type { Hidden } from "./hidden.js";\nexport declare function make(): { hidden: Hidden };\n',
      "dist/hidden.js": "export {};\n",
      "dist/hidden.d.ts": "export interface Hidden { readonly inner: string }\n",
    };
    expect((await faults("unnamed", { files: unnamed })).join("\n")).toContain("unnamed: Hidden, from make");
  });
});

describe("a published manifest", () => {
  const source: Manifest = {
    ...manifest,
    exports: {
      ".": { "@foundation/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" },
    },
    dependencies: { other: "workspace:*", zod: "4.6.7" },
    devDependencies: { "@types/ws": "8.18.2" },
  };

  it("[Z3] has versions for what is of the workspace, and nothing that leads to sources", () => {
    const published = publishedManifest(source, new Map([["other", "2.0.0"]]));
    expect(published.dependencies).toEqual({ other: "2.0.0", zod: "4.6.7" });
    expect(published.exports).toEqual(manifest.exports);
    expect(published).not.toHaveProperty("devDependencies");
  });

  it("[Z3] is not made when a package of the workspace is missing", () => {
    expect(() => publishedManifest(source, new Map())).toThrow("other is said to be of this workspace");
  });
});
