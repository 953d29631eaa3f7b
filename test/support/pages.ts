import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** The repository. */
export const root: string = dirname(dirname(import.meta.dirname));
/** A file's text. @param path from the repository's root. */
export const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");

/** All Markdown files of the repository, as paths from its root. */
export async function markdownFiles(folder = root): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(node_modules|dist|coverage|\..*)$/.test(entry.name) ? [] : markdownFiles(path);
    return entry.name.endsWith(".md") ? [relative(root, path)] : [];
  });
  return (await Promise.all(found)).flat().sort();
}

/** All TypeScript files below `folder`, as paths from the repository's root. */
export async function sourceFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".ts"));
  return files
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !/node_modules/.test(file));
}

/** A text whose lines begin with what they say: part of a class may stand in a guide by itself. */
export const withoutIndents = (text: string): string => text.replace(/^ +/gm, "");

/** The part of a page under a heading, up to the next one of the same or a higher level. */
export function section(page: string, heading: string): string {
  const lines = page.split("\n");
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`there is no heading ${JSON.stringify(heading)}`);
  const level = heading.indexOf(" ");
  const end = lines.findIndex((line, at) => at > start && /^#+ /.test(line) && line.indexOf(" ") <= level);
  return lines.slice(start + 1, end < 0 ? undefined : end).join("\n");
}

/** The cells of every table row in `text`, without the rows of dashes. */
export function rows(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("|") && !/^[-| ]+$/.test(line));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** What stands alone in backticks in the first cell of rows. */
export const firstCodes = (text: string): string[] =>
  rows(text).flatMap(([first]) => /^`([^`]+)`$/.exec(first ?? "")?.[1] ?? []);

/** The names that an interface declares, without those it inherits. */
export function members(source: string, name: string): string[] {
  const body = new RegExp(`^export interface ${name}\\b[^{]*\\{([\\s\\S]*?)^\\}`, "m").exec(source)?.[1];
  if (body === undefined) throw new Error(`there is no interface ${name}`);
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = ""]) => member);
}

/** Anchors of a page's headings, as GitHub makes them. */
export function anchors(page: string): Set<string> {
  const headings = page.split("\n").filter((line) => /^#+ /.test(line));
  const texts = headings.map((line) => line.replace(/^#+ /, "").toLowerCase());
  return new Set(texts.map((text) => text.replace(/[^\w\s-]/g, "").replace(/ /g, "-")));
}
