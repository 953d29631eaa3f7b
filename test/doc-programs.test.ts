// Slow: starts whole processes.
import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { markdownFiles, read, root, sourceFiles, withoutIndents } from "./support/pages.ts";
import { run } from "./support/run-program.ts";

describe("the code in the tutorial, the guides and the READMEs", () => {
  it("is in an example or a test, word by word, and so is run", async () => {
    const files = (await Promise.all(["examples", "test", "packages"].map(sourceFiles))).flat();
    // Of the packages, also the programs in their comments, which are run below.
    const texts = files.map(async (file) => withoutIndents((await read(file)).replace(/^ +\* ?/gm, "")));
    const sources = await Promise.all(texts);
    const unknown: string[] = [];
    for (const page of (await markdownFiles()).filter((file) =>
      /^(docs\/(guides|tutorial)|packages)\/|^README/.test(file),
    )) {
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

/** The programs in the doc comments of packages/actor, each with its file. */
const docPrograms = (await sourceFiles("packages/actor/src")).map(async (file) => {
  const comments = (await read(file)).match(/^\/\*\*\n[\s\S]*?\n \*\/$/gm) ?? [];
  const texts = comments.map((comment) => comment.replace(/^ \* ?/gm, ""));
  return texts.flatMap((text) =>
    [...text.matchAll(/^```ts\n(import [\s\S]*?)^```/gm)].map(([, code = ""]) => ({ file, code })),
  );
});

describe("the doc comments of packages/actor", async () => {
  const programs = (await Promise.all(docPrograms)).flat();
  const folder = join(root, "node_modules", ".doc-programs");

  it.each([
    ["actor/actor.ts", "Actor"],
    ["actor/actor-context.ts", "ActorContext"],
    ["actor/actor-timers.ts", "ActorTimers"],
    ["actor/deferred-reply.ts", "DeferredReply"],
    ["message/ref.ts", "ActorRef"],
    ["message/rejection.ts", "Rejection"],
    ["registry/local-registry.ts", "LocalRegistry"],
    ["stream/actor-stream.ts", "ActorStream"],
    ["supervisor/supervisor.ts", "Supervisor"],
    ["supervisor/dynamic-supervisor.ts", "DynamicSupervisor"],
    ["supervisor/partition-supervisor.ts", "PartitionSupervisor"],
    ["supervisor/task-supervisor.ts", "TaskSupervisor"],
    ["system/actor-system.ts", "ActorSystem"],
  ])("say of %s what it is, show a program, and say when not to use it", async (file, name) => {
    const source = await read(`packages/actor/src/${file}`);
    const before = source.split(new RegExp(`^export class ${name}\\b`, "m"))[0] ?? "";
    const comment = before.slice(before.lastIndexOf("/**"));
    expect(comment).toMatch(
      /^\/\*\*\n \* [A-Z][\s\S]*?\n \* ```ts\n \* import [\s\S]*?\n \* ```\n[\s\S]*\n \* When not to use it: /,
    );
  });

  it("hold programs that compile", async () => {
    await mkdir(folder, { recursive: true });
    try {
      const files = programs.map((_, index) => `${index}.ts`);
      for (const [index, { code }] of programs.entries()) await writeFile(join(folder, `${index}.ts`), code);
      const config = { extends: "../../tsconfig.json", include: [], files };
      await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
      const compiled = await promisify(execFile)(join(root, "node_modules/.bin/tsc"), ["-p", folder], {
        cwd: root,
      }).then(
        () => "",
        ({ stdout }: { stdout: string }) =>
          `${stdout}\n${programs.map(({ file }, index) => `${index}.ts is in ${file}`).join("\n")}`,
      );
      expect(compiled).toBe("");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it.each(programs.map(({ file, code }) => [file, code]))("print what the program in %s says", async (_, code) => {
    const expected = [...code.matchAll(/; \/\/ (.*)$/gm)].map(([, text]) => `${text}\n`);
    expect(await run("--input-type=module-typescript", "--eval", code)).toBe(expected.join(""));
  });
});

describe("the README's example", () => {
  it("[Z2] needs no syntax that a supported Node lacks, as no program of the tutorial does", async () => {
    const files = [...(await sourceFiles("examples/quick-start")), ...(await sourceFiles("examples/tutorial"))];
    const programs = files.filter((file) => !file.endsWith(".test.ts"));
    const sources = await Promise.all(programs.map(async (file) => [file, await read(file)] as const));
    expect(sources.length).toBeGreaterThan(7);
    expect(sources.filter(([, source]) => /^\s*(await )?using /m.test(source)).map(([file]) => file)).toEqual([]);
  });

  it("[Z1] is examples/quick-start/counter.ts", async () => {
    const code = /^```ts\n([\s\S]*?)^```/m.exec(await read("README.md"))?.[1];
    expect(code).toBe(await read("examples/quick-start/counter.ts"));
  });
});
