// Slow: runs programs on three versions of Node.
// What is said about Node, compared with what is declared and with what is tested.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { oldestNode } from "../packages/actor/src/runtime/supported-node.ts";
import { manifest, nodeExecutable, pathWith, RegistryUnreachable, supportedNodes } from "./support/node-versions.ts";
import { markdownFiles, read, root } from "./support/pages.ts";

const packages = (await readdir(join(root, "packages"), { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `packages/${name}`);
const [oldest, ...others] = supportedNodes;
const inWords = `${supportedNodes.slice(0, -1).join(", ")} and ${supportedNodes.at(-1)}`;

describe("the supported Nodes", () => {
  it("are said in one way, and are those that engines and tests know", async () => {
    const { engines, devDependencies } = await manifest(".");
    const ownOldest = engines.node.replace(">=", "");
    const own = devDependencies.node?.split(".")[0];
    expect(others).toContain(own);
    const statement =
      `The packages run on Node ${oldest} or newer, and are tested on ${inWords}. ` +
      `The commands of the repository start on Node ${ownOldest} or newer and bring their own Node ${own}.`;
    for (const page of ["README.md", "docs/guides/your-own-project.md"]) {
      expect((await read(page)).replace(/\s+/g, " "), page).toContain(statement);
    }
  });

  it("are the engines of every package, and what its README says", async () => {
    for (const path of packages) {
      expect((await manifest(path)).engines.node, path).toBe(`>=${oldest}`);
      expect(await read(`${path}/README.md`), path).toContain(`\nNode ${oldest} or newer.`);
    }
  });

  it("begin with the one below which nothing starts", () => {
    expect(oldestNode).toBe(oldest);
  });

  it("are nowhere said to be others", async () => {
    const { engines } = await manifest(".");
    const right = [`${oldest}`, engines.node.replace(">=", "")];
    const said: string[] = [];
    for (const page of await markdownFiles()) {
      const found = (await read(page)).replace(/\s+/g, " ").matchAll(/Node ([\d.]+) or newer/g);
      said.push(
        ...[...found].filter(([, version = ""]) => !right.includes(version)).map(([text]) => `${page}: ${text}`),
      );
    }
    expect(said).toEqual([]);
  });
});

describe("the toolchain", () => {
  it("[Z4] has engines compared with the Node that everything runs on", async () => {
    const { devDependencies } = await manifest(".");
    expect(await read("pnpm-workspace.yaml")).toContain(`\nnodeVersion: ${devDependencies.node}\n`);
  });

  it("[Z4] is installed in silence by the first command, on the oldest Node that may start it", async (context) => {
    const { engines, devDependencies } = await manifest(".");
    const node = await nodeExecutable(engines.node.replace(">=", "")).catch((error: unknown) => {
      if (!(error instanceof RegistryUnreachable)) throw error;
      return context.skip(`npm cannot reach its registry; run this where it can: ${error.message.slice(0, 500)}`);
    });
    const folder = await mkdtemp(join(tmpdir(), "foundation-clone-"));
    try {
      const isSource = (path: string): boolean => !/^(node_modules|dist|coverage|tarballs|\.git)$/.test(basename(path));
      await cp(root, join(folder, "clone"), { recursive: true, filter: isSource });
      const inherited = Object.entries(process.env).filter(([name]) => !/^(NODE_|VITEST|npm_)/.test(name));
      const env = { ...Object.fromEntries(inherited), PATH: pathWith(node) };
      const options = { cwd: join(folder, "clone"), env, timeout: 500_000 };
      const command = [join("tools", "run.mjs"), "node", "--version"];
      const { stdout, stderr } = await promisify(execFile)(node, command, options);
      expect(stdout).toBe(`v${devDependencies.node}\n`);
      expect(stderr).toBe("Installing the toolchain and dependencies (once, about a minute) ...\n");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 600_000);
});
