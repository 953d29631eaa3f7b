import { type House, publishedFiles } from "./house.ts";
import type { HouseTable } from "./house-table.ts";

/** Every published file above the limit has a test beside it, but those of the table. Types and lists of exports need none. */
export function testsBesideFaults(house: House, { untested, untestedLinesMax }: HouseTable): string[] {
  const lacking = publishedFiles(house)
    .filter(({ path, lines, hasCode }) => hasCode && lines > untestedLinesMax && !house.files.has(testOf(path)))
    .map(({ path }) => path);
  const paid = untested.filter((path) => !lacking.includes(path));
  return [
    ...lacking
      .filter((path) => !untested.includes(path))
      .map((path) => `${path} has more than ${untestedLinesMax} lines and no ${testOf(path)} beside it`),
    ...paid.map((path) => `tools/house/table.ts: ${path} needs no exception any more, take it out of untested`),
  ];
}

function testOf(path: string): string {
  return path.replace(/\.ts$/, ".test.ts");
}
