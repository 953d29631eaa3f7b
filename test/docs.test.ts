import { execFile } from "node:child_process";
import { access, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import {
  Actor,
  actorErrorCodes,
  askTimeoutMsDefault,
  childSpec,
  RestartIntensity,
  Supervisor,
  streamWindowDefault,
} from "@foundation/actor";
import { clusterErrorCodes } from "@foundation/cluster";
import { discoveryErrorCodes } from "@foundation/discovery";
import { registryErrorCodes } from "@foundation/registry";
import { supervisionErrorCodes } from "@foundation/supervision";
import { testkitErrorCodes } from "@foundation/testkit";
import { closeCode, transportErrorCodes } from "@foundation/transport";
import { facadeErrorCodes } from "foundation";
import { describe, expect, it } from "vitest";
import { mailboxLimitsDefault } from "../packages/actor/src/mailbox/mailbox-options.ts";
import { messageKind } from "../packages/cluster/src/messages/message-kind.ts";
import { frameKind } from "../packages/transport/src/link/frame.ts";

const root = dirname(import.meta.dirname);
const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");

/** All Markdown files of the repository, as paths from its root. */
async function markdownFiles(folder = root): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(node_modules|dist|coverage|\..*)$/.test(entry.name) ? [] : markdownFiles(path);
    return entry.name.endsWith(".md") ? [relative(root, path)] : [];
  });
  return (await Promise.all(found)).flat().sort();
}

/** All TypeScript files below `folder`, as paths from the repository's root. */
async function sourceFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".ts"));
  return files
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !/node_modules/.test(file));
}

/** A text whose lines begin with what they say: part of a class may stand in a guide by itself. */
const withoutIndents = (text: string): string => text.replace(/^ +/gm, "");

/** The part of a page under a heading, up to the next one of the same or a higher level. */
function section(page: string, heading: string): string {
  const lines = page.split("\n");
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`there is no heading ${JSON.stringify(heading)}`);
  const level = heading.indexOf(" ");
  const end = lines.findIndex((line, at) => at > start && /^#+ /.test(line) && line.indexOf(" ") <= level);
  return lines.slice(start + 1, end < 0 ? undefined : end).join("\n");
}

/** The cells of every table row in `text`, without the rows of dashes. */
function rows(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("|") && !/^[-| ]+$/.test(line));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** What stands alone in backticks in the first cell of rows. */
const firstCodes = (text: string): string[] =>
  rows(text).flatMap(([first]) => /^`([^`]+)`$/.exec(first ?? "")?.[1] ?? []);

/** The names that an interface declares, without those it inherits. */
function members(source: string, name: string): string[] {
  const body = new RegExp(`^export interface ${name}\\b[^{]*\\{([\\s\\S]*?)^\\}`, "m").exec(source)?.[1];
  if (body === undefined) throw new Error(`there is no interface ${name}`);
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = ""]) => member);
}

/** Anchors of a page's headings, as GitHub makes them. */
function anchors(page: string): Set<string> {
  const headings = page.split("\n").filter((line) => /^#+ /.test(line));
  const texts = headings.map((line) => line.replace(/^#+ /, "").toLowerCase());
  return new Set(texts.map((text) => text.replace(/[^\w\s-]/g, "").replace(/ /g, "-")));
}

/** What a program prints. It ends with exit code 0. */
async function run(...args: readonly string[]): Promise<string> {
  // A temporary directory of its own and no settings keep it away from other nodes of this user.
  const directory = await mkdtemp(join(tmpdir(), "docs-"));
  try {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("FOUNDATION_"));
    const env = { ...Object.fromEntries(inherited), TMPDIR: directory, TEMP: directory };
    const options = { cwd: root, env, timeout: 20_000 };
    const command = ["--conditions=@foundation/source", ...args];
    const { stdout } = await promisify(execFile)(process.execPath, command, options);
    return stdout;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe("docs/reference/errors.md", () => {
  it.each([
    ["@foundation/actor", actorErrorCodes],
    ["@foundation/transport", transportErrorCodes],
    ["@foundation/discovery", discoveryErrorCodes],
    ["@foundation/cluster", clusterErrorCodes],
    ["@foundation/registry", registryErrorCodes],
    ["@foundation/supervision", supervisionErrorCodes],
    ["@foundation/testkit", testkitErrorCodes],
    ["foundation", facadeErrorCodes],
  ] as const)("lists every code of %s once, and no other", async (name, codes) => {
    const table = section(await read("docs/reference/errors.md"), `## ${name}`);
    expect(firstCodes(table).sort()).toEqual([...codes].sort());
  });

  it("says of every code what it means, what was done and what to do", async () => {
    const table = rows(await read("docs/reference/errors.md"));
    expect(table.filter((cells) => cells.length !== 4 || cells.includes(""))).toEqual([]);
    const done = table.map((cells) => cells[2] ?? "").filter((cell) => cell !== "done?");
    expect(done.filter((cell) => !/^(refused|rejected|unknown|–)/.test(cell))).toEqual([]);
  });

  it("has a section for every package that has error codes", async () => {
    const packages = await readdir(join(root, "packages"), { withFileTypes: true });
    const headings = (await read("docs/reference/errors.md")).match(/^## (?:@foundation\/)?\w+$/gm) ?? [];
    const documented = headings.map((heading) => heading.replace(/^## (?:@foundation\/)?/, ""));
    const withCodes = packages
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) =>
        access(join(root, "packages", name, "src", "errors.ts")).then(
          () => name,
          () => undefined,
        ),
      );
    const names = (await Promise.all(withCodes)).filter((name) => name !== undefined);
    expect(documented.sort()).toEqual(names.sort());
  });
});

describe("docs/reference/protocol.md", () => {
  it("lists every message kind, frame kind and close code with its number", async () => {
    const page = await read("docs/reference/protocol.md");
    const kinds = rows(section(page, "## 5. Messages")).slice(1);
    expect(kinds.map(([kind, name]) => [name, Number(kind)])).toEqual(Object.entries(messageKind));
    const frames = rows(section(page, "## 4. Frames")).filter(([kind]) => /^`1\d`$/.test(kind ?? ""));
    const numbers = frames.map(([kind, name]) => [name, Number.parseInt((kind ?? "").slice(1, -1), 16)]);
    expect(numbers).toEqual(Object.entries(frameKind));
    const codes = rows(section(page, "## 3. Close codes")).filter(([, name]) => /^\w+$/.test(name ?? ""));
    const named = codes.slice(1).map(([code, name]) => [name, Number(code)]);
    expect(named).toEqual(Object.entries(closeCode));
  });
});

describe("docs/reference/options.md", () => {
  it("lists every option and every variable", async () => {
    const page = await read("docs/reference/options.md");
    const source = await read("packages/foundation/src/options.ts");
    const declared = [...source.matchAll(/^ {2}readonly (\w+)\?:/gm)].map((match) => match[1]);
    const [main = ""] = page.split("\n## ");
    expect(firstCodes(main).sort()).toEqual(declared.sort());
    const variables = (await read("packages/foundation/src/environment.ts")).match(/FOUNDATION_\w+(?=:)/g) ?? [];
    expect(firstCodes(section(page, "## Environment")).sort()).toEqual(variables.sort());
  });
});

describe("docs/reference/actors.md", () => {
  const actor = "packages/actor/src";
  it.each([
    ["Call options", `${actor}/message/recipient.ts`, ["CallOptions"]],
    ["Spawn options", `${actor}/system/actor-system.ts`, ["SpawnOptions"]],
    ["Statics of a class", `${actor}/actor/protocol.ts`, ["ActorStatics"]],
    ["Mailbox", `${actor}/mailbox/mailbox-options.ts`, ["MailboxOptions"]],
    ["Child specs", `${actor}/supervisor/child-spec.ts`, ["ChildSpecOptions"]],
    ["Local registry", `${actor}/registry/local-registry.ts`, ["LocalRegistryOptions"]],
    ["Actor system", `${actor}/system/actor-system.ts`, ["ActorSystemOptions"]],
  ])("lists every one of: %s", async (heading, file, interfaces) => {
    const page = section(await read("docs/reference/actors.md"), `## ${heading}`);
    const source = await read(file);
    expect(firstCodes(page).sort()).toEqual(interfaces.flatMap((name) => members(source, name)).sort());
  });

  it("lists every option of supervisors and tasks", async () => {
    const page = section(await read("docs/reference/actors.md"), "## Supervisors").split("The messages of")[0] ?? "";
    const declared = [
      ["supervisor.ts", "SupervisorOptions"],
      ["restart-intensity.ts", "RestartIntensityOptions"],
      ["dynamic-supervisor.ts", "DynamicSupervisorOptions"],
      ["partition-supervisor.ts", "PartitionSupervisorOptions"],
      ["task-supervisor.ts", "TaskOptions"],
    ].map(async ([file, name = ""]) => members(await read(`${actor}/supervisor/${file}`), name));
    expect(firstCodes(page).sort()).toEqual((await Promise.all(declared)).flat().sort());
  });

  it("says the defaults that the code has", async () => {
    const page = await read("docs/reference/actors.md");
    const shown = (heading: string, option: string): string => {
      const cells = rows(section(page, `## ${heading}`)).find(([first]) => first === `\`${option}\``);
      return (cells?.[1] ?? "").replace(/`| (?=\d)/g, "");
    };
    const worker = childSpec(Actor);
    const supervisor = childSpec(Supervisor);
    const { intensity, periodMs } = new RestartIntensity();
    const infinite = (ms: number): string => (ms === Number.POSITIVE_INFINITY ? "infinite" : String(ms));
    const expected: [string, string, unknown][] = [
      ["Call options", "timeoutMs", askTimeoutMsDefault],
      ["Call options", "window", streamWindowDefault],
      ["Mailbox", "capacity", mailboxLimitsDefault.capacity],
      ["Mailbox", "overflow", mailboxLimitsDefault.overflow],
      ["Child specs", "restart", worker.restart],
      ["Child specs", "significant", worker.significant],
      ["Child specs", "shutdownMs", `${worker.shutdownMs}; supervisors ${supervisor.shutdownMs}`],
      ["Child specs", "startMs", `${worker.startMs}; supervisors ${infinite(supervisor.startMs)}`],
      ["Supervisors", "intensity", intensity],
      ["Supervisors", "periodMs", periodMs],
    ];
    const documented = expected.map(([heading, option]) => [heading, option, shown(heading, option)]);
    expect(documented).toEqual(expected.map(([heading, option, value]) => [heading, option, String(value)]));
  });
});

describe("Markdown files", () => {
  it("link only to files and headings that exist", async () => {
    const broken: string[] = [];
    for (const file of await markdownFiles()) {
      const text = (await read(file)).replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
      for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [path = "", anchor] = target.split("#");
        const absolute = path === "" ? join(root, file) : resolve(root, dirname(file), path);
        const isThere = await access(absolute).then(
          () => true,
          () => false,
        );
        if (!isThere) broken.push(`${file}: ${target}`);
        else if (anchor !== undefined && !anchors(await readFile(absolute, "utf8")).has(anchor))
          broken.push(`${file}: ${target} (no such heading)`);
      }
    }
    expect(broken).toEqual([]);
  });
});

describe("decision records", () => {
  it("have at most 60 lines: context, decision, consequences", async () => {
    const files = await readdir(join(root, "docs/adr"));
    for (const file of files) {
      const text = await read(`docs/adr/${file}`);
      expect(text.trimEnd().split("\n").length, file).toBeLessThanOrEqual(60);
      expect(text.match(/^## .*$/gm), file).toEqual(["## Context", "## Decision", "## Consequences"]);
      expect(text.split("\n")[0], file).toMatch(new RegExp(`^# ${file.slice(0, 4)} `));
    }
    const numbers = files.map((file) => Number(file.slice(0, 4))).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  it("are there for every lint message that names one", async () => {
    const files = await readdir(join(root, "docs/adr"));
    const messages = `${await read("biome.json")}${await read("tools/lint/injected-world.grit")}`;
    const named = new Set([...messages.matchAll(/docs\/adr\/([\w-]+)/g)].map((match) => match[1] ?? ""));
    expect(named.size).toBeGreaterThan(0);
    for (const name of named)
      expect(
        files.filter((file) => file.startsWith(name)),
        name,
      ).toHaveLength(1);
  });
});

describe("the code in the tutorial, the guides and the README", () => {
  it("is in an example or a test, word by word, and so is run", async () => {
    const files = [...(await sourceFiles("examples")), ...(await sourceFiles("test"))];
    const sources = await Promise.all(files.map(async (file) => withoutIndents(await read(file))));
    const unknown: string[] = [];
    for (const page of (await markdownFiles()).filter((file) => /^(docs\/(guides|tutorial)\/|README)/.test(file))) {
      for (const [, code = ""] of (await read(page)).matchAll(/^ *```ts\n([\s\S]*?)^ *```/gm)) {
        // A line of "// ..." stands for what was left out.
        const parts = withoutIndents(code).split(/^\/\/ \.\.\.\n/m);
        if (!sources.some((source) => parts.every((part) => source.includes(part)))) unknown.push(`${page}: ${code}`);
      }
    }
    expect(unknown, "put this code into a file of examples/ or test/, as it stands here").toEqual([]);
  });
});

describe("docs/tutorial", async () => {
  const pages = (await markdownFiles()).filter((file) => file.startsWith("docs/tutorial/"));
  const texts = await Promise.all(pages.map(read));
  const shown = texts.flatMap((text) => [
    ...text.matchAll(/^```console\n\$ node tools\/run\.mjs (\S+)\n([\s\S]*?)^```/gm),
  ]);

  it("shows a run of every program of examples/tutorial", async () => {
    const programs = (await sourceFiles("examples/tutorial")).filter((file) => /\/\d-/.test(file)).sort();
    expect(programs.length).toBeGreaterThan(0);
    expect(shown.map(([, program]) => program).sort()).toEqual(programs);
  });

  it("shows every program with the file it is in", async () => {
    for (const text of texts) {
      for (const [, file = "", code = ""] of text.matchAll(/^`([\w-]+\.ts)`:\n\n```ts\n([\s\S]*?)^```/gm)) {
        const source = await read(`examples/tutorial/${file}`);
        expect(code, file).toBe(source.replace(/^\/\/ Step .*\n/, ""));
      }
    }
  });

  it.each(shown.map(([, program = "", output = ""]) => [program, output]))(
    "prints what it shows of %s",
    async (program, output) => {
      expect(await run(program)).toBe(output);
    },
  );
});

describe("the README's example", () => {
  it("is examples/quick-start/main.ts", async () => {
    const code = /^```ts\n([\s\S]*?)^```/m.exec(await read("README.md"))?.[1];
    expect(code).toBe(await read("examples/quick-start/main.ts"));
  });

  it("prints what its comments say", async () => {
    expect(await run("examples/quick-start/main.ts")).toBe("3\n4\n1\n");
  });
});
