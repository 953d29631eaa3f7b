import { type House, publishedFiles } from "./house.ts";
import type { HouseTable } from "./house-table.ts";

/** So much shorter than its row says a file may be before the row has to follow: small changes need no change of the table. */
const slackLines = 25;

/** No published file is longer than the limit, but those of the table, which may not grow. */
export function fileLengthFaults(house: House, { fileLinesMax, longFiles }: HouseTable): string[] {
  const tooLong = publishedFiles(house).filter(({ path, lines }) => lines > (longFiles[path] ?? fileLinesMax));
  const rows = Object.entries(longFiles).flatMap(([path, linesMax]) => {
    const lines = house.files.get(path)?.lines ?? 0;
    if (lines <= fileLinesMax) return [`tools/house/table.ts: ${path} has ${lines} lines, take it out of longFiles`];
    return lines < linesMax - slackLines
      ? [`tools/house/table.ts: ${path} has ${lines} lines, lower its row to that`]
      : [];
  });
  return [
    ...tooLong.map(
      ({ path, lines }) =>
        `${path} has ${lines} lines, ${longFiles[path] ?? fileLinesMax} are the limit: split it by concept`,
    ),
    ...rows,
  ];
}
