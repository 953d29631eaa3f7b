import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, realpath, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { StagedPackage } from "../../tools/pack/stage-packages.ts";
import { root } from "./pages.ts";

/** The compilers that users may have, by their packages here. */
export const compilers = { "TypeScript 5.9": "typescript-5.9", "TypeScript 7": "typescript" } as const;

/**
 * An empty project outside of the repository, installed as pnpm does it: packages lie in a store of which programs only see what
 * they have asked for. Types of others have no name there.
 *
 * @param staging where the packages were staged.
 * @param installed what the project asks for, and folders in it.
 */
export async function consumerProject(
  staging: string,
  packages: readonly StagedPackage[],
  installed: Readonly<Record<string, readonly string[]>>,
): Promise<string> {
  const project = await realpath(await mkdtemp(join(tmpdir(), "foundation-consumer-")));
  const store = join(project, "node_modules", ".store", "node_modules");
  for (const { name, folder } of packages) await cp(folder, join(store, name), { recursive: true });
  for (const dependency of await readdir(join(staging, "node_modules"))) {
    if (dependency === "@foundation") continue;
    await symlink(await realpath(join(staging, "node_modules", dependency)), join(store, dependency), "dir");
  }
  await writeFile(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  for (const [folder, names] of Object.entries(installed)) {
    for (const name of names) {
      const link = join(project, folder, "node_modules", name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(await realpath(join(store, name)), link, "dir");
    }
  }
  return project;
}

/** Settings of {@link compile}. */
interface Compilation {
  readonly compiler: (typeof compilers)[keyof typeof compilers];
  /** Programs of `test/type-programs`, by folder of the project. */
  readonly programs: Readonly<Record<string, readonly string[]>>;
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * Compiles programs in a project as strictly as a user may, with declarations, down into those of the packages.
 *
 * @returns the compiler's complaints, by the file they are about; those about the packages have the key `packages`.
 */
export async function compile(folder: string, compilation: Compilation): Promise<Map<string, string[]>> {
  const { compiler, options } = compilation;
  const files: string[] = [];
  for (const [place, programs] of Object.entries(compilation.programs)) {
    for (const program of programs) {
      await cp(join(root, "test", "type-programs", program), join(folder, place, program));
      files.push(join(place, program));
    }
  }
  const compilerOptions = {
    strict: true,
    skipLibCheck: false,
    noUncheckedIndexedAccess: true,
    target: "es2022",
    lib: ["es2024", "esnext.disposable"],
    module: "nodenext",
    types: ["node"],
    declaration: true,
    outDir: `out-${compiler}`,
    ...options,
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const command = join(root, "node_modules", compiler, "bin", "tsc");
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      [command, "--project", folder, "--pretty", "false"],
      { cwd: folder },
      (error, stdout) => {
        // With complaints it ends with 1 or 2; anything else is no answer.
        if (error === null || error.code === 1 || error.code === 2) resolve(stdout);
        else reject(error);
      },
    );
  });
  return complaints(output, files);
}

function complaints(output: string, files: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of output.split(/\n(?! )/)) {
    if (line === "") continue;
    const file = files.find((each) => line.startsWith(`${each}(`)) ?? "packages";
    found.set(file, [...(found.get(file) ?? []), line]);
  }
  return found;
}
