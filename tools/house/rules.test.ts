// A small house that is in order, and every way to break it.
import { describe, expect, it } from "vitest";
import { editorRulesOf, editorRulesPath } from "./editor-rules.ts";
import { houseOf } from "./house.ts";
import type { HouseTable } from "./house-table.ts";
import { houseFaults } from "./rules.ts";

type Texts = Readonly<Record<string, string | undefined>>;

const table: HouseTable = {
  packages: { low: { mayImport: [] }, high: { mayImport: ["low"], usesRealWorld: true } },
  commands: { compiler: "checks types" },
  fileLinesMax: 40,
  longFiles: {},
  untestedLinesMax: 5,
  untested: [],
  quickTests: {},
};

const workspace = "workspace:*";

function manifest(name: string, dependencies: readonly string[], devDependencies: readonly string[] = []): string {
  const listed = (names: readonly string[]) => Object.fromEntries(names.map((each) => [each, workspace]));
  const exports = { ".": { "@foundation/source": "./src/index.ts", default: "./dist/index.js" } };
  return JSON.stringify({
    name,
    exports,
    dependencies: listed(dependencies),
    devDependencies: listed(devDependencies),
  });
}

function references(...paths: string[]): string {
  return JSON.stringify({ references: paths.map((path) => ({ path })) });
}

function lines(count: number): string {
  return "const line = 1;\n".repeat(count);
}

const sound: Texts = {
  "package.json": manifest("root", [], ["@foundation/low", "@foundation/high", "runner", "@types/runner", "compiler"]),
  "packages/tsconfig.json": references("./low", "./high"),
  "packages/low/package.json": manifest("@foundation/low", ["library"], ["@types/library"]),
  "packages/low/tsconfig.json": references(),
  "packages/low/src/index.ts": 'export { Ring } from "./ring.ts";\nexport type { Place } from "./place.ts";\n',
  "packages/low/src/ring.ts": 'import { place } from "library";\nexport class Ring {\n  place = place;\n}\n',
  "packages/low/src/place.ts": "export type Place = string;\n",
  "packages/low/src/testing/clock.ts": "export const clock = 1;\n",
  "packages/low/src/ring.test.ts": 'import { it } from "runner";\nimport { Ring } from "./ring.ts";\nit(Ring);\n',
  "packages/high/package.json": manifest("@foundation/high", ["@foundation/low"]),
  "packages/high/tsconfig.json": references("../low"),
  "packages/high/src/index.ts": 'import { Ring } from "@foundation/low";\nexport const ring = new Ring();\n',
  "packages/high/src/ring.test.ts": 'import { clock } from "../../low/src/testing/clock.ts";\nclock;\n',
};

/** The faults of a house that differs from the sound one in some files; `undefined` takes one away. */
function faults(changed: Texts, changedTable: Partial<HouseTable> = {}): string[] {
  const all = Object.entries({ ...sound, ...changed });
  const texts = new Map(all.flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const])));
  const rules = { ...table, ...changedTable };
  const current = editorRulesOf(houseOf(texts), rules);
  return houseFaults(houseOf(new Map([[editorRulesPath, current], ...texts])), rules);
}

describe("a house in order", () => {
  it("has no faults", () => {
    expect(faults({})).toEqual([]);
  });
});

describe("imports go down", () => {
  it("so a package without a row is a fault", () => {
    const packages = { low: { mayImport: [] } };
    expect(faults({}, { packages })).toContainEqual(expect.stringMatching(/^packages\/high has no row/));
  });

  it("so a row without a package is a fault", () => {
    const packages = { ...table.packages, gone: { mayImport: [] } };
    expect(faults({}, { packages })).toEqual([expect.stringMatching(/row for packages\/gone, which is not there/)]);
  });

  it("so a row that lets in one below itself is a fault", () => {
    const packages = { low: { mayImport: ["high"] }, high: { mayImport: ["low"] } };
    expect(faults({}, { packages })).toEqual([expect.stringMatching(/low may import high, whose row does not stand/)]);
  });

  it.each([
    ["a value", 'import { ring } from "@foundation/high";\nring;\n'],
    ["a type", 'import type { ring } from "@foundation/high";\ntype A = ring;\n'],
    ["a type in passing", 'type A = typeof import("@foundation/high");\n'],
    ["an import while it runs", 'await import("@foundation/high");\n'],
    ["what another door offers", 'import "@foundation/high/inside";\n'],
    ["what it passes on", 'export { ring } from "@foundation/high";\n'],
  ])("so %s of a package above is a fault", (_, text) => {
    expect(faults({ "packages/low/src/place.test.ts": text })).toContainEqual(
      expect.stringMatching(/^packages\/low\/src\/place.test.ts imports .* low may not import high/),
    );
  });

  it("so is a path that leads around a package's door", () => {
    const text = 'import { Ring } from "../../low/src/ring.ts";\nRing;\n';
    expect(faults({ "packages/high/src/around.ts": text })).toEqual([
      expect.stringMatching(/around.ts imports .*ring.ts, which is outside of its package/),
    ]);
  });

  it("so is what tests of a package above have for themselves", () => {
    const files = {
      "packages/high/src/testing/time.ts": "export const time = 1;\n",
      "packages/low/src/place.test.ts": 'import { time } from "../../high/src/testing/time.ts";\ntime;\n',
    };
    expect(faults(files)).toEqual([expect.stringMatching(/place.test.ts imports .* outside of its package/)]);
  });
});

describe("the editor's rules", () => {
  it("are a fault when they are older than the table", () => {
    expect(faults({ [editorRulesPath]: "{}\n" })).toEqual([expect.stringMatching(/older than .*npm run format/)]);
  });

  it("refuse every package of ours but those of the row", () => {
    const { overrides } = JSON.parse(
      editorRulesOf(houseOf(new Map(Object.entries(sound) as [string, string][])), table),
    );
    const groups = overrides.map(({ includes, linter }: { includes: string[]; linter: { rules: unknown } }) => [
      includes[0],
      JSON.stringify(linter.rules).match(/"group":(\[[^\]]*\])/)?.[1],
    ]);
    expect(groups).toEqual([
      ["packages/*/src/**", '["@foundation/**"]'],
      ["packages/low/src/**", '["@foundation/**"]'],
      ["packages/high/src/**", '["@foundation/**","!@foundation/low","!@foundation/low/**"]'],
    ]);
  });

  it("guard the injected world everywhere but where the row says otherwise", () => {
    const { plugins } = JSON.parse(editorRulesOf(houseOf(new Map()), table));
    expect(plugins[0].includes).toEqual(expect.arrayContaining(["packages/*/src/**", "!packages/high/src/**"]));
    expect(plugins[0].includes).not.toContain("!packages/low/src/**");
  });
});

describe("manifests list what is imported", () => {
  it.each<[string, Texts]>([
    [
      "low/package.json: dependencies lack zod",
      { "packages/low/src/ring.ts": 'import "zod";\nexport class Ring {}\n' },
    ],
    [
      "low/package.json: dependencies have library",
      { "packages/low/src/ring.ts": "export class Ring {}\n", "packages/low/src/place.test.ts": 'import "library";\n' },
    ],
    ["low/package.json: devDependencies lack zod", { "packages/low/src/place.test.ts": 'import "zod/mini";\n' }],
    ["low/package.json: devDependencies have @types/library", { "packages/low/src/ring.ts": "export class Ring {}\n" }],
    ["high/tsconfig.json: references lack low", { "packages/high/tsconfig.json": references() }],
    ["low/tsconfig.json: references have high", { "packages/low/tsconfig.json": references("../high") }],
    ["packages/tsconfig.json: references lack high", { "packages/tsconfig.json": references("./low") }],
    [
      "package.json: devDependencies lack @foundation/high",
      { "package.json": manifest("root", [], ["@foundation/low", "runner", "compiler"]) },
    ],
    ["package.json: devDependencies lack zod", { "tools/a.ts": 'import "zod";\n' }],
    ["package.json: devDependencies have runner", { "packages/low/src/ring.test.ts": "" }],
    ["package.json: devDependencies have @types/runner", { "packages/low/src/ring.test.ts": "" }],
    ["compiler is imported, it does not belong to commands", { "tools/a.ts": 'import "compiler";\n' }],
  ])("so it is a fault that %s", (fault, changed) => {
    expect(faults(changed)).toContainEqual(expect.stringContaining(fault));
  });
});

describe("circles of files", () => {
  const circle = {
    "packages/low/src/index.ts": 'export type { A } from "./a.ts";\nexport { Ring } from "./ring.ts";\n',
    "packages/low/src/place.ts": undefined,
    "packages/low/src/a.ts": 'import type { B } from "./b.ts";\nexport interface A {\n  b: B;\n}\n',
    "packages/low/src/b.ts": 'import type { C } from "./c.ts";\nexport interface B {\n  c: C;\n}\n',
    "packages/low/src/c.ts": 'import type { A } from "./a.ts";\nexport interface C {\n  a: A;\n}\n',
  };
  const limit = (circleFilesMax: number) => ({
    packages: { ...table.packages, low: { mayImport: [], circleFilesMax } },
  });

  it("are a fault when they have more files than the row says, types included", () => {
    const circleOf3 = expect.stringMatching(/^3 files of low .*, none may: \S+a.ts, \S+b.ts, \S+c.ts$/);
    expect(faults(circle)).toEqual([circleOf3]);
    expect(faults(circle, limit(2))).toEqual([expect.stringMatching(/^3 files of low .*, 2 may/)]);
    expect(faults(circle, limit(3))).toEqual([]);
  });

  it("are a fault too when the row lets through more than there are", () => {
    expect(faults(circle, limit(4))).toEqual([
      expect.stringMatching(/circle of low has 3 files: lower circleFilesMax/),
    ]);
  });

  it("are counted each by itself", () => {
    const second = {
      "packages/low/src/d.ts":
        'import type { A } from "./a.ts";\nimport type { E } from "./e.ts";\nexport type D = A | E;\n',
      "packages/low/src/e.ts": 'import type { D } from "./d.ts";\nexport interface E {\n  d: D;\n}\n',
    };
    expect(faults({ ...circle, ...second })).toEqual([
      expect.stringMatching(/^3 files of low/),
      expect.stringMatching(/^2 files of low/),
    ]);
    expect(faults({ ...circle, ...second }, limit(3))).toEqual([]);
  });

  it("are always a fault when files need each other to run", () => {
    const running = { "packages/low/src/c.ts": 'import { A } from "./a.ts";\nexport class C extends A {}\n' };
    expect(faults({ ...circle, ...running }, limit(3))).toEqual([]);
    const both = {
      "packages/low/src/a.ts": 'import { B } from "./b.ts";\nexport class A extends B {}\n',
      "packages/low/src/b.ts": 'import { C } from "./c.ts";\nexport class B extends C {}\n',
    };
    expect(faults({ ...circle, ...running, ...both }, limit(3))).toEqual([
      expect.stringMatching(/^these files need each other before they can run: /),
    ]);
  });
});

describe("what a file exports is imported", () => {
  it.each([
    "export const spare = 1;\n",
    "const spare = 1;\nexport { spare };\n",
    "const own = 1;\nexport { own as spare };\n",
    "export const { a: spare } = { a: 1 };\n",
    "export async function spare() {}\nspare();\n",
    "export abstract class spare {}\n",
    "export interface spare {}\n",
    "export type spare = string;\n",
    'export { Ring as spare } from "./ring.ts";\n',
    'export * as spare from "./ring.ts";\n',
  ])("so nothing is left that no file asks for: %j", (text) => {
    expect(faults({ "packages/low/src/spare.ts": text })).toEqual([
      expect.stringMatching(/^packages\/low\/src\/spare.ts exports spare, and no other file imports it/),
    ]);
  });

  it("so nothing is left outside of packages either, but what tools load by its path", () => {
    const files = { "tools/spare.ts": "export const spare = 1;\n", "runner.config.ts": "export default 1;\n" };
    expect(faults(files)).toEqual([expect.stringMatching(/^tools\/spare.ts exports spare/)]);
  });

  it.each([
    'import { spare } from "./spare.ts";\nspare;\n',
    'import { spare as other } from "./spare.ts";\nother;\n',
    'import * as all from "./spare.ts";\nall;\n',
    'type All = typeof import("./spare.ts");\n',
    'await import("./spare.ts");\n',
    'start(new URL("./spare.ts", import.meta.url));\n',
    'start(new URL("spare.ts", import.meta.url));\n',
  ])("and a test is a file that asks: %j", (text) => {
    const files = { "packages/low/src/spare.ts": "export const spare = 1;\n", "packages/low/src/spare.test.ts": text };
    expect(faults(files)).toEqual([]);
  });
});

describe("the length of a file", () => {
  const path = "packages/low/src/ring.ts";
  const grown = (count: number) => ({ [path]: `${sound[path]}${lines(count - 4)}` });

  it("is a fault above the limit", () => {
    expect(faults(grown(40))).toEqual([]);
    expect(faults(grown(41))).toEqual([expect.stringContaining(`${path} has 41 lines, 40 are the limit`)]);
  });

  it("is a fault above what the table lets through, and far below it", () => {
    const longFiles = { [path]: 80 };
    expect(faults(grown(81), { longFiles })).toEqual([expect.stringContaining("has 81 lines, 80 are the limit")]);
    expect(faults(grown(80), { longFiles })).toEqual([]);
    expect(faults(grown(55), { longFiles })).toEqual([]);
    expect(faults(grown(54), { longFiles })).toEqual([expect.stringContaining("has 54 lines, lower its row to that")]);
    expect(faults(grown(40), { longFiles })).toEqual([expect.stringContaining("take it out of longFiles")]);
  });
});

describe("a file above the limit for tests", () => {
  const place = "packages/low/src/place.ts";
  const code = { [place]: `${sound[place]}${lines(5)}` };

  it("is a fault without a test beside it", () => {
    expect(faults(code)).toEqual([expect.stringMatching(/place.ts has more than 5 lines and no \S+place.test.ts/)]);
    expect(faults({ ...code, "packages/low/src/place.test.ts": "" })).toEqual([]);
    expect(faults(code, { untested: [place] })).toEqual([]);
  });

  it("needs none when it has nothing that runs", () => {
    expect(faults({ [place]: `${sound[place]}${"type A = 1;\n".repeat(9)}` })).toEqual([]);
  });

  it("does not stay in the table when it has one", () => {
    expect(faults({}, { untested: [place] })).toEqual([expect.stringContaining("take it out of untested")]);
  });
});

describe("a test that starts processes", () => {
  it.each([
    ['import { spawn } from "node:child_process";\nspawn();\n', {}],
    [
      'import "./start.ts";\n',
      { "test/start.ts": 'import "./spawn.ts";\n', "test/spawn.ts": 'import "node:cluster";\n' },
    ],
  ])("is marked as slow: %j", (text, files) => {
    const path = "test/ring.test.ts";
    expect(faults({ ...files, [path]: text })).toEqual([expect.stringContaining(`${path} starts processes`)]);
    expect(faults({ ...files, [path]: `// Slow: starts processes.\n${text}` })).toEqual([]);
    expect(faults({ ...files, [path]: text }, { quickTests: { [path]: "one small program" } })).toEqual([]);
  });

  it("does not stay in the table when it starts none", () => {
    expect(faults({}, { quickTests: { "packages/low/src/ring.test.ts": "one small program" } })).toEqual([
      expect.stringContaining("take it out of quickTests"),
    ]);
  });
});
