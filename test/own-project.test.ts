// Slow: installs the packages in a project and runs it.
// A project outside of the repository, with the packages as they are published: what docs/guides/your-own-project.md says.
// Heavy: it packs, installs, and runs some thirty processes.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compilers } from "./support/consumer.ts";
import { exchange } from "./support/exchange.ts";
import { nodeExecutable, npm, RegistryUnreachable, supportedNodes } from "./support/node-versions.ts";
import { read, root } from "./support/pages.ts";

const example = join(root, "examples", "your-own-project");
const run = promisify(execFile);
const requireBanner =
  "--banner:js=import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";
const bundles = {
  "bundle.cjs": "greeting.cjs --bundle --platform=node --minify --keep-names --outfile=dist/bundle.cjs",
  "bundle.mjs": "greeting.mjs --bundle --platform=node --format=esm --minify --keep-names --outfile=dist/bundle.mjs",
} as const;

/** What the programs are, each with the file to run. */
const programs = {
  "plain JavaScript": "greeting.mjs",
  CommonJS: "greeting.cjs",
  "TypeScript 5.9": "dist/typescript-5.9/greeting.js",
  "TypeScript 7": "dist/typescript/greeting.js",
  "a minified CommonJS bundle": "dist/bundle.cjs",
  "a minified bundle of ES modules": "dist/bundle.mjs",
  "a bundle of ES modules that is not minified": "dist/legible.mjs",
};

describe("a project of one's own", () => {
  let folder: string | undefined;
  let unreachable: RegistryUnreachable | undefined;
  const nodes = new Map<string, string>();
  const project = (...path: string[]): string => join(folder ?? "", "greeting", ...path);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "foundation-own-project-"));
    const tarballs = join(folder, "tarballs");
    await run(process.execPath, ["--conditions=@foundation/source", join(root, "tools", "pack.ts"), tarballs]);
    await cp(example, project(), { recursive: true });
    await writeFile(project("package.json"), JSON.stringify({ name: "greeting", type: "module" }));
    const files = (await readdir(tarballs)).map((name) => join(tarballs, name));
    try {
      const { devDependencies } = JSON.parse(await read("package.json"));
      await npm(project(), "install", ...files, `@types/node@${devDependencies["@types/node"]}`);
      for (const version of supportedNodes) nodes.set(version, await nodeExecutable(version));
    } catch (error) {
      if (!(error instanceof RegistryUnreachable)) throw error;
      unreachable = error;
      return;
    }
    for (const compiler of Object.values(compilers)) {
      const command = join(root, "node_modules", compiler, "bin", "tsc");
      await run(process.execPath, [command, "--outDir", join("dist", compiler)], { cwd: project() });
    }
    const esbuild = join(root, "node_modules", ".bin", "esbuild");
    await run(esbuild, bundles["bundle.cjs"].split(" "), { cwd: project() });
    const module = bundles["bundle.mjs"];
    await run(esbuild, [...module.split(" "), requireBanner], { cwd: project() });
    const legible = module.replace("--minify ", "").replace("dist/bundle", "dist/legible");
    await run(esbuild, [...legible.split(" "), requireBanner], { cwd: project() });
  }, 600_000);

  beforeEach((context) => {
    if (unreachable === undefined) return;
    context.skip(`npm cannot reach its registry; run this file where it can: ${unreachable.message.slice(0, 500)}`);
  });

  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  describe.each(supportedNodes)("on Node %s", (version) => {
    it.each(Object.entries(programs))(
      "[Z3] [Z8] two nodes talk to each other, as %s",
      async (_, file) => {
        const node = nodes.get(version);
        if (node === undefined) throw new Error("there is no Node to run it on");
        expect(await exchange(node, project(file))).toBe("hello guest, this is host\n");
      },
      120_000,
    );
  });

  it.each(["greeting.mjs", "greeting.cjs"])("a Node that is too old says so, and starts nothing: %s", async (file) => {
    const { engines } = JSON.parse(await read("package.json"));
    const tooOld = await nodeExecutable(engines.node.replace(">=", ""));
    const { stdout, stderr } = await run(tooOld, [project(file)]).catch((error) => error);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/ActorError: this is Node 20\.[\d.]+; the packages of Foundation need 22\.13 or newer/);
    expect(stderr).not.toContain("event=");
  });

  it.each(supportedNodes.filter((version) => version !== "22.13"))(
    "[Z8] two nodes talk to each other, as TypeScript without a build, on Node %s",
    async (version) => {
      expect(await exchange(nodes.get(version) ?? "", project("greeting.ts"))).toBe("hello guest, this is host\n");
    },
    120_000,
  );

  it("[Z3] the tarballs hold code, declarations, a README, a licence, and nothing else", async () => {
    const scope = project("node_modules", "@foundation");
    const odd: string[] = [];
    const names = await readdir(scope);
    expect(names.sort()).toEqual([
      "actor",
      "cluster",
      "discovery",
      "registry",
      "runtime",
      "supervision",
      "testkit",
      "transport",
    ]);
    for (const name of names) {
      const files = await filesBelow(join(scope, name));
      for (const needed of ["README.md", "LICENSE", "package.json", "dist/index.js", "dist/index.d.ts"]) {
        expect(files, name).toContain(needed);
      }
      odd.push(...files.filter((file) => !isPublished(file)).map((file) => `${name}/${file}`));
      const text = await readFile(join(scope, name, "package.json"), "utf8");
      expect(text).not.toMatch(/workspace:|@foundation\/source|devDependencies/);
      expect(JSON.parse(text).license).toBe("MIT");
      expect(await readFile(join(scope, name, "README.md"), "utf8")).toContain(`# @foundation/${name}\n`);
    }
    expect(odd).toEqual([]);
  });

  it("[Z3] @foundation/runtime takes at most 20 MB with all that it needs", async () => {
    const files = await filesBelow(project("node_modules"));
    const needed = files.filter((file) => !/^(@types|undici-types|@foundation\/testkit|\.)/.test(file));
    const sizes = await Promise.all(needed.map(async (file) => (await stat(project("node_modules", file))).size));
    expect(needed.length).toBeGreaterThan(100);
    expect(sizes.reduce((sum, size) => sum + size, 0) / 1e6).toBeLessThan(20);
  });

  it("[Z8] the guide shows the programs, the settings and the commands that were run", async () => {
    const guide = await read("docs/guides/your-own-project.md");
    for (const file of ["greeting.ts", "greeting.mjs", "greeting.cjs", "tsconfig.json"]) {
      expect(guide, file).toContain(`\n${await readFile(join(example, file), "utf8")}\`\`\`\n`);
    }
    expect(guide).toContain(`    npx esbuild ${bundles["bundle.cjs"]}\n`);
    expect(guide).toContain(`    npx esbuild ${bundles["bundle.mjs"]} "${requireBanner}"\n`);
  });

  /** The files below a folder, as paths from it. */
  async function filesBelow(path: string): Promise<string[]> {
    const entries = await readdir(path, { withFileTypes: true, recursive: true });
    return entries.filter((each) => each.isFile()).map((each) => relative(path, join(each.parentPath, each.name)));
  }

  function isPublished(file: string): boolean {
    if (["README.md", "LICENSE", "package.json"].includes(file)) return true;
    return /^dist\/[\w/.-]+(?<!\.test|\.test-d)\.(js|d\.ts)$/.test(file) && !file.includes("/testing/");
  }
});
