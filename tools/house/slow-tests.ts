import { slowMark } from "../tests/slow-mark.ts";
import { type House, isTest, packageFolderOf } from "./house.ts";
import type { HouseTable } from "./house-table.ts";
import { importEdges } from "./import-graph.ts";

const starters = new Set(["node:child_process", "node:cluster"]);

/** A test that starts processes, also by what it imports, is marked as slow, but those of the table. */
export function slowTestFaults(house: House, { quickTests }: HouseTable): string[] {
  const starting = startingProcesses(house);
  const tests = [...house.files.values()].filter(({ path }) => path.endsWith(".test.ts"));
  const unmarked = tests.filter(({ path, firstLine }) => starting.has(path) && !firstLine.startsWith(slowMark));
  const idle = Object.keys(quickTests).filter((path) => !unmarked.some((test) => test.path === path));
  return [
    ...unmarked
      .filter(({ path }) => quickTests[path] === undefined)
      .map(({ path }) => `${path} starts processes: begin it with "${slowMark}" and the reason`),
    ...idle.map((path) => `tools/house/table.ts: ${path} needs no exception, take it out of quickTests`),
  ];
}

/** Files outside of what is published from which processes are started. */
function startingProcesses(house: House): Set<string> {
  const isLooked = (path: string): boolean => packageFolderOf(path) === undefined || isTest(path);
  const direct = [...house.files.values()].filter(({ imports }) =>
    imports.some(({ specifier, names }) => starters.has(specifier) || names.includes("ProcessCluster")),
  );
  const found = new Set(direct.map(({ path }) => path).filter(isLooked));
  const edges = importEdges(house).filter(({ from, to, isTypeOnly }) => !isTypeOnly && isLooked(from) && isLooked(to));
  for (const file of found) for (const { from, to } of edges) if (to === file) found.add(from);
  return found;
}
