import { access, readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  Actor,
  ActorRef,
  ActorSystem,
  actorErrorCodes,
  askTimeoutMsDefault,
  childSpec,
  LocalRegistry,
  Supervisor,
  streamWindowDefault,
} from "@foundation/actor";
import { RestartIntensity } from "@foundation/actor/spi";
import { Cluster, clusterErrorCodes } from "@foundation/cluster";
import { discoveryErrorCodes } from "@foundation/discovery";
import { Registry, registryErrorCodes } from "@foundation/registry";
import { facadeErrorCodes, Node } from "@foundation/runtime";
import { DistributedSupervisor, supervisionErrorCodes } from "@foundation/supervision";
import { testkitErrorCodes } from "@foundation/testkit";
import { channelOptionsSchema, closeCode, Endpoint, transportErrorCodes } from "@foundation/transport";
import { describe, expect, it } from "vitest";
import { ActorContext } from "../packages/actor/src/actor/actor-context.ts";
import { ActorTimers } from "../packages/actor/src/actor/actor-timers.ts";
import { mailboxLimitsDefault } from "../packages/actor/src/mailbox/mailbox-options.ts";
import { messageKind } from "../packages/cluster/src/remote/message-kind.ts";
import { frameKind } from "../packages/transport/src/link/frame.ts";
import { anchors, firstCodes, markdownFiles, members, read, root, rows, section } from "./support/pages.ts";

describe("docs/reference/errors.md", () => {
  it.each([
    ["@foundation/actor", actorErrorCodes],
    ["@foundation/transport", transportErrorCodes],
    ["@foundation/discovery", discoveryErrorCodes],
    ["@foundation/cluster", clusterErrorCodes],
    ["@foundation/registry", registryErrorCodes],
    ["@foundation/supervision", supervisionErrorCodes],
    ["@foundation/testkit", testkitErrorCodes],
    ["@foundation/runtime", facadeErrorCodes],
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
    const documented = (await read("docs/reference/errors.md")).match(/(?<=^## )@foundation\/\w+$/gm) ?? [];
    const withCodes = packages
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const hasCodes = await access(join(root, "packages", name, "src", "errors.ts")).then(
          () => true,
          () => false,
        );
        if (!hasCodes) return undefined;
        const manifest: { name: string } = JSON.parse(await read(`packages/${name}/package.json`));
        return manifest.name;
      });
    const names = (await Promise.all(withCodes)).filter((name) => name !== undefined);
    expect(documented.sort()).toEqual(names.sort());
  });
});

describe("docs/reference/protocol.md", () => {
  it("lists every message kind, frame kind and close code with its number", async () => {
    const page = await read("docs/reference/protocol.md");
    const kinds = rows(section(page, "## 5. Messages")).slice(1);
    expect(kinds.map(([kind, name]) => [name, Number(kind)])).toEqual(Object.entries(messageKind));
    const frames = rows(section(page, "## 4. Frames")).filter(([kind]) => /^`1[\da-f]`$/.test(kind ?? ""));
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

describe("the channels in docs/reference/options.md", () => {
  it("have every setting of a channel, with its default", async () => {
    const page = await read("docs/reference/options.md");
    const channel = channelOptionsSchema.parse({ name: "a", priority: 1 });
    const settings = rows(section(page, "## `channels`")).slice(1);
    expect(settings.map(([name]) => name?.slice(1, -1)).sort()).toEqual(Object.keys(channel).sort());
    const defaults = {
      kind: '`"plain"`',
      connections: "1",
      creditChunks: "8",
      stallMsMax: "30 000",
      chunkBytes: "64 KiB",
    };
    for (const [name, text] of Object.entries(defaults)) {
      expect(settings.find(([setting]) => setting === `\`${name}\``)?.[1]).toBe(text);
    }
    expect(channel).toMatchObject({ connections: 1, creditChunks: 8, stallMsMax: 30_000, chunkBytes: 65_536 });
  });
});

describe("docs/reference/node.md", () => {
  const parts: [string, { readonly prototype: object }, string][] = [
    ["Node", Node, "foundation/src/node.ts"],
    ["node.membership", Cluster, "cluster/src/cluster.ts"],
    ["node.registry", Registry, "registry/src/registry.ts"],
    ["node.supervisor", DistributedSupervisor, "supervision/src/distributed-supervisor.ts"],
    ["node.transport", Endpoint, "transport/src/endpoint/endpoint.ts"],
  ];

  /** Methods, accessors and public fields. */
  async function publicMembers(part: { readonly prototype: object }, file: string): Promise<string[]> {
    const source = await read(`packages/${file}`);
    const body = source.slice(source.indexOf("\nexport class"));
    const fields = [...body.matchAll(/^ {2}readonly (\w+)[:=].*;$/gm)].map(([, name = ""]) => name);
    const methods = Object.getOwnPropertyNames(part.prototype).filter((name) => name !== "constructor");
    return [...new Set([...methods, ...fields])];
  }

  /** The members in the table below a heading. */
  async function documented(heading: string): Promise<string[]> {
    const codes = firstCodes(section(await read("docs/reference/node.md"), `## ${heading}`));
    return codes.map((code) => code.replace(/[<(].*/, ""));
  }

  it("[Z8] lists every public member of a node", async () => {
    expect((await documented("Node")).sort()).toEqual((await publicMembers(Node, "foundation/src/node.ts")).sort());
  });

  it.each(parts)("[Z8] lists only what there is of %s", async (heading, part, file) => {
    const names = await documented(heading);
    expect(names.length).toBeGreaterThan(2);
    const members = await publicMembers(part, file);
    expect(names.filter((name) => !members.includes(name))).toEqual([]);
  });
});

describe("docs/reference/actor-api.md", () => {
  const parts: [string, { readonly prototype: object }, string][] = [
    ["ActorRef", ActorRef, "message/ref.ts"],
    ["this.context", ActorContext, "actor/actor-context.ts"],
    ["this.context.timers", ActorTimers, "actor/actor-timers.ts"],
    ["ActorSystem", ActorSystem, "system/actor-system.ts"],
    ["LocalRegistry", LocalRegistry, "registry/local-registry.ts"],
  ];
  /** Public for the packages above, not for programs. */
  const forPackages: Record<string, readonly string[]> = {
    ActorRef: ["toJSON"],
    ActorSystem: [
      ..."beginStop beforeExitSignals cell cellOf checkClass classAtWork protocolOf spawnFrom takeTurn".split(" "),
    ],
  };

  /** What a page's table names: a cell may name several. */
  async function documented(heading: string): Promise<string[]> {
    const page = section(await read("docs/reference/actor-api.md"), `## ${heading}`);
    const named = rows(page).flatMap(([first = ""]) => [...first.matchAll(/`(\w+)/g)]);
    return named.map(([, name = ""]) => name);
  }

  it.each(parts)("lists every public member of %s", async (heading, part, file) => {
    const source = await read(`packages/actor/src/${file}`);
    const internal = [...source.matchAll(/@internal(?:(?!\*\/)[\s\S])*\*\/\n {2}(?:get )?(\w+)/g)].map(
      ([, name]) => name,
    );
    const methods = Object.getOwnPropertyNames(part.prototype).filter((name) => name !== "constructor");
    const hidden = new Set([...internal, ...(forPackages[heading] ?? [])]);
    const names = await documented(heading);
    const fields = names.filter((name) => source.includes(`\n  readonly ${name}: `));
    expect(names.sort()).toEqual([...new Set([...methods.filter((name) => !hidden.has(name)), ...fields])].sort());
  });
});

describe("docs/reference/actors.md", () => {
  const actor = "packages/actor/src";
  it.each([
    ["Call options", `${actor}/message/call-options.ts`, ["CallOptions"]],
    ["Spawn options", `${actor}/system/spawn-options.ts`, ["SpawnOptions"]],
    ["Statics of a class", `${actor}/actor/protocol.ts`, ["ActorStatics"]],
    ["Mailbox", `${actor}/mailbox/mailbox-options.ts`, ["MailboxOptions"]],
    ["Child specs", `${actor}/supervisor/child-spec.ts`, ["ChildSpecOptions"]],
    ["Local registry", `${actor}/registry/local-registry.ts`, ["LocalRegistryOptions"]],
    ["Actor system", `${actor}/system/system-options.ts`, ["ActorSystemOptions"]],
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
      ["Mailbox", "capacityBytes", mailboxLimitsDefault.capacityBytes],
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
    const messages = `${await read("tools/house/layers.biome.json")}${await read("tools/lint/injected-world.grit")}`;
    const named = new Set([...messages.matchAll(/docs\/adr\/([\w-]+)/g)].map((match) => match[1] ?? ""));
    expect(named.size).toBeGreaterThan(0);
    for (const name of named)
      expect(
        files.filter((file) => file.startsWith(name)),
        name,
      ).toHaveLength(1);
  });
});
