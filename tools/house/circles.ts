import { type House, packageFolderOf, publishedFiles } from "./house.ts";
import type { HouseTable } from "./house-table.ts";
import { importEdges } from "./import-graph.ts";

/** No files import each other in a circle when they run, and only so many as the table says when types count too. */
export function circleFaults(house: House, table: HouseTable): string[] {
  const published = new Set(publishedFiles(house).map(({ path }) => path));
  const edges = importEdges(house).filter(({ from, to }) => published.has(from) && published.has(to));
  const atLoad = circlesOf(edges.filter((edge) => edge.isAtLoad)).map(
    (circle) => `these files need each other before they can run: ${circle.join(", ")}`,
  );
  const circles = circlesOf(edges);
  const sizes = Object.entries(table.packages).flatMap(([folder, { circleFilesMax = 0 }]) => {
    const own = circles.filter(([file = ""]) => packageFolderOf(file) === folder);
    return sizeFaults(folder, own, circleFilesMax);
  });
  return [...atLoad, ...sizes];
}

function sizeFaults(folder: string, circles: readonly string[][], circleFilesMax: number): string[] {
  const largest = Math.max(0, ...circles.map(({ length }) => length));
  if (largest < circleFilesMax) {
    return [
      `the largest circle of ${folder} has ${largest} files: lower circleFilesMax in tools/house/table.ts to that`,
    ];
  }
  const above = circles.filter(({ length }) => length > circleFilesMax);
  return above.map(
    (circle) =>
      `${circle.length} files of ${folder} import each other in a circle, ${circleFilesMax || "none"} may: ${circle.join(", ")}`,
  );
}

interface Edge {
  readonly from: string;
  readonly to: string;
}

/** Files of which each leads to all others: the strongly connected components of more than one file (Tarjan 1972). */
function circlesOf(edges: readonly Edge[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of edges) targets.set(from, [...(targets.get(from) ?? []), to]);
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    const index = order.size;
    order.set(file, index);
    lowest.set(file, index);
    path.push(file);
    for (const target of targets.get(file) ?? []) {
      const reached = order.has(target) ? (path.includes(target) ? order.get(target) : undefined) : visit(target);
      lowest.set(file, Math.min(lowest.get(file) ?? index, reached ?? index));
    }
    const low = lowest.get(file) ?? index;
    if (low === index) {
      const circle = path.splice(path.indexOf(file));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return low;
  };
  for (const file of targets.keys()) if (!order.has(file)) visit(file);
  return circles;
}
