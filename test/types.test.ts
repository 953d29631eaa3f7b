// Slow: builds the packages and compiles against them.
// The types that users see, against the declarations as they are published.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stagePackages } from "../tools/pack/stage-packages.ts";
import { unnamedTypes } from "../tools/pack/unnamed-types.ts";
import { compile, compilers, consumerProject } from "./support/consumer.ts";

const settings = Object.values(compilers).flatMap((compiler) =>
  [true, false].map((exactOptionalPropertyTypes) => ({ compiler, options: { exactOptionalPropertyTypes } })),
);

describe("a program in a project of its own", () => {
  const programs = {
    ".": [
      "optional-members.ts",
      "generic-classes.ts",
      "mutual-refs.ts",
      "circular-results.ts",
      "fields-and-arguments.ts",
      "inferred-exports.ts",
    ],
    "with-actor": ["inferred-exports-of-actor.ts"],
  };
  let staging: string | undefined;
  let project: string | undefined;
  const found = new Map<string, string[]>();

  beforeAll(async () => {
    staging = await mkdtemp(join(tmpdir(), "foundation-types-"));
    project = await consumerProject(staging, await stagePackages(staging), {
      ".": ["@foundation/runtime", "@types/node"],
      "with-actor": ["@foundation/actor"],
    });
    for (const { compiler, options } of settings) {
      for (const [file, texts] of await compile(project, { compiler, programs, options })) {
        found.set(file, [...(found.get(file) ?? []), ...texts.map((text) => `${compiler}: ${text}`)]);
      }
    }
  }, 600_000);

  afterAll(async () => {
    for (const folder of [staging, project]) {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  });

  it.each([
    ["[X3] keeps its messages beside optional members", "optional-members.ts"],
    ["[X4] has a generic class's types checked", "generic-classes.ts"],
    ["[X5] has classes that hold refs to each other, without annotations", "mutual-refs.ts"],
    ["[X5] spells out results that are made of each other", "circular-results.ts"],
    ["[X20] has constructors' arguments asked for, and fields refused", "fields-and-arguments.ts"],
    ["[X14] exports whatever it infers", "inferred-exports.ts"],
    ["[X14] exports whatever it infers of @foundation/actor", "with-actor/inferred-exports-of-actor.ts"],
    ["[Z8] meets declarations that are right without skipLibCheck", "packages"],
  ])("%s", (_, file) => {
    expect(found.get(file) ?? []).toEqual([]);
  });

  it.each(Object.values(compilers))(
    "[X14] has declarations that name installed packages alone, by %s",
    async (compiler) => {
      const named: string[] = [];
      for (const file of ["inferred-exports.d.ts", "with-actor/inferred-exports-of-actor.d.ts"]) {
        const text = await readFile(join(project ?? "", `out-${compiler}`, file), "utf8");
        named.push(...[...text.matchAll(/(?:from |import\()"([^"]+)"/g)].map(([, name = ""]) => name));
      }
      expect([...new Set(named)].sort()).toEqual(["@foundation/actor", "@foundation/actor/spi", "@foundation/runtime"]);
    },
  );

  it("[X14] has a name in @foundation/runtime for every type that its values lead to", () => {
    const packages = join(staging ?? "", "packages");
    const advice = "export these as types from the src/index.ts of the package they are in";
    expect(unnamedTypes(join(packages, "foundation", "dist", "index.d.ts"), packages), advice).toEqual([]);
  });
});
