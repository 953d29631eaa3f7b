// Every option of a node, however deep, walked by its schema: what is wrong with one is said with one code, in one form.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, systemRuntime } from "@foundation/actor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { Foundation } from "./foundation.ts";
import { type FoundationOptions, optionsSchema } from "./options.ts";

type Path = readonly (string | number)[];
type Schema = z.core.$ZodType;

/** What a schema says of itself, in the one form of all kinds. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly element?: Schema;
  readonly innerType?: Schema;
  readonly options?: readonly Schema[];
}

const definitionOf = (schema: Schema): Definition => schema._zod.def as Definition;

/** The options in `schema`, those that are objects or lists of options as well as what is in them. */
function walk(schema: Schema, path: Path = []): Path[] {
  const { shape = {}, element, innerType, options = [] } = definitionOf(schema);
  const inside = [
    ...Object.entries(shape).flatMap(([name, each]) => [[...path, name], ...walk(each, [...path, name])]),
    ...(element === undefined ? [] : [[...path, 0], ...walk(element, [...path, 0])]),
    ...(innerType === undefined ? [] : walk(innerType, path)),
    ...options.flatMap((each) => walk(each, path)),
  ];
  return [...new Map(inside.map((each) => [each.join("."), each])).values()];
}

/** What has to stand beside an option for it alone to be wrong. */
const beside: Readonly<Record<string, object>> = {
  advertise: { host: "localhost" },
  tls: { cert: "a.pem", key: "b.pem", ca: "c.pem" },
  "channels.0": { name: "control", priority: 0 },
};

function optionsWith(path: Path, value: unknown, before: Path = []): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const inner = optionsWith(rest, value, [...before, step]);
  return typeof step === "number" ? [inner] : { ...beside[before.join(".")], [step]: inner };
}

const wrongType = (path: Path): unknown => {
  // A function is right for some, and an object for others.
  const name = path.join(".");
  return ["authorize", "audit", "onDeadLetter"].includes(name) ? "a function" : () => {};
};
const values: Record<string, (path: Path) => unknown> = {
  "of the wrong type": wrongType,
  null: () => null,
  "an empty text": () => "",
  "an empty object": () => ({}),
  "an empty list": () => [],
  negative: () => -1,
  NaN: () => Number.NaN,
  infinite: () => Number.POSITIVE_INFINITY,
  "a fraction": () => 1.5,
  "a huge number": () => 1e300,
  "a huge text": () => "x".repeat(2_000_000),
  "a huge list": () => new Array(2_000).fill("x"),
  'the text "true"': () => "true",
  'the text "5s"': () => "5s",
};

/** What is right after all, and so is everything in the list. */
const right: Readonly<Record<string, readonly string[]>> = {
  seeds: ["an empty list"],
  discovery: ["an empty list"],
  actors: ["an empty list"],
  failureDetector: ["an empty object"],
  clusterName: ['the text "true"', 'the text "5s"'],
  name: ['the text "true"', 'the text "5s"'],
  directory: ['the text "true"', 'the text "5s"'],
};
/** Right by themselves: another error follows. */
const otherwise: Readonly<Record<string, readonly string[]>> = {
  // No file is there.
  "tls.cert": ['the text "true"', 'the text "5s"'],
  "tls.key": ['the text "true"', 'the text "5s"'],
  "tls.ca": ['the text "true"', 'the text "5s"'],
  "tls.ca.0": ['the text "true"', 'the text "5s"'],
  "tls.crl": ['the text "true"', 'the text "5s"'],
  "tls.crl.0": ['the text "true"', 'the text "5s"'],
  // They do not resolve, or may lead anywhere.
  host: ['the text "true"', 'the text "5s"'],
  "advertise.host": ['the text "true"', 'the text "5s"'],
  // None of the name `control`: refused as a list.
  "channels.0.name": ['the text "true"', 'the text "5s"'],
};

/** Lists that have rules of their own, which the schema does not show. */
const inLists: readonly Path[] = [
  ["secret", 0],
  ["tls", "ca", 0],
  ["tls", "crl", 0],
];
const paths = [...walk(optionsSchema as unknown as Schema), ...inLists];
const cases = paths.flatMap((path) =>
  Object.entries(values).map(([what, make]) => ({ option: path.join("."), what, path, make })),
);
const isIn = (table: typeof right, { option, what }: { option: string; what: string }): boolean =>
  table[option]?.includes(what) ?? false;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "options-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function startWith(options: unknown): Promise<{ code: string; message: string } | "started"> {
  const given = { cluster: "none", logLevel: "silent", directory: join(directory, "private") } as const;
  try {
    const node = await Foundation.start({ ...given, ...(options as FoundationOptions) });
    await node.stop();
    return "started";
  } catch (error) {
    return error as { code: string; message: string };
  }
}

describe("[X12] an option of a node", () => {
  it("is found by its schema, however deep it is", () => {
    const found = paths.map((path) => path.join("."));
    for (const option of ["port", "tls.ca.0", "channels.0.stallMsMax", "failureDetector.intervalMs", "advertise.host"])
      expect(found).toContain(option);
    expect(found.length).toBeGreaterThan(45);
  });

  it.each(cases.filter((each) => !isIn(right, each) && !isIn(otherwise, each)))(
    "$option is refused when it is $what, with one code, its place, what is allowed, and what was seen",
    async ({ option, path, make }) => {
      const outcome = await startWith(optionsWith(path, make(path)));
      expect(outcome).toMatchObject({ name: "StartError", code: "invalidOptions" });
      const { message } = outcome as { message: string };
      // Of a wrong list the first wrong entry may be named, and of a wrong object what it lacks.
      const place = `${option.replaceAll(".", "\\.")}(?:\\.\\w+)*`;
      const rule = "(?:is missing: )?(?:must|stands for)";
      expect(message).toMatch(new RegExp(`^the options are not usable: ${place}: ${rule} [^;]+`));
      // What is missing was not seen.
      if (!message.includes("is missing: ")) expect(message).toMatch(/, seen \S/);
      expect(message.length).toBeLessThan(2_000);
      expect(message).not.toMatch(/undefined|Invalid input|expected|\[object/);
    },
  );

  it.each(cases.filter((each) => isIn(right, each)))(
    "$option is right when it is $what",
    async ({ option, path, make }) => {
      const value = option === "directory" ? join(directory, String(make(path))) : make(path);
      expect(await startWith(optionsWith(path, value))).toBe("started");
    },
  );

  it.each<[options: object, text: string]>([
    [{ channels: [] }, 'channels: must have one that is named "control", which every link begins with, seen []'],
    [{ channels: [{ name: "bulk", priority: 1 }] }, 'channels: must have one that is named "control"'],
    [
      {
        channels: [
          { name: "control", priority: 0 },
          { name: "control", priority: 1 },
        ],
      },
      "channels: must have a name of its own for each",
    ],
    [{ channels: new Array(17).fill({ name: "control", priority: 0 }) }, "channels: must have at most 16 entries"],
    [{ seeds: ["a:1", "b"] }, 'seeds.1: must be host:port, such as "10.0.0.5:7400", seen "b"'],
    [{ failureDetector: { suspectAfterMs: 5_000 } }, "failureDetector"],
    [
      { tls: { cert: "a", key: "b", ca: [] } },
      "tls.ca: must be PEM text, or the path of a file, or 1 to 64 of them in an array, seen an array of 0",
    ],
    [
      { tls: { cert: "a", key: "b", ca: ["c", 5] } },
      "tls.ca.1: must be PEM text, or the path of a file, seen a number",
    ],
    [
      { tls: { cert: "a", key: " \n", ca: "c" } },
      "tls.key: must be PEM text, or the path of a file, seen an empty text",
    ],
  ])("is refused by the whole that it is a part of: %j", async (options, text) => {
    expect(await startWith(options)).toMatchObject({
      name: "StartError",
      code: "invalidOptions",
      message: expect.stringContaining(`the options are not usable: ${text}`),
    });
  });

  it("is refused when another one makes it void: a log beside a runtime, which has its own", async () => {
    const runtime = systemRuntime({ log: silentLog });
    const outcome = await startWith({ runtime, log: silentLog });
    expect(outcome).toMatchObject({ code: "invalidOptions" });
    expect((outcome as { message: string }).message).toContain(
      "log: contradicts runtime, which has a log of its own: give it to systemRuntime() instead",
    );
    // A variable that holds for all programs of a machine contradicts nothing.
    expect(await startWith({ runtime, log: "json" })).toBe("started");
  });
});
