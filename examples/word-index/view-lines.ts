import type { DemoEvent, Summary } from "./summary.ts";
import type { Status } from "./view.ts";

/** Where the text of an event begins, and its further lines. Characters. */
const eventIndent = 10;

/** An event, on as many lines as `width` characters ask for. */
export function eventLines({ atMs, text }: DemoEvent, width: number): string[] {
  const [first = "", ...more] = wrap(text, width - eventIndent);
  const time = `${(atMs / 1_000).toFixed(2).padStart(6)} s  `;
  return [`${time}${first}`, ...more.map((line) => `${" ".repeat(eventIndent)}${line}`)];
}

/** How things stand: a line for each member, and three more. None is longer than 79 characters. */
export function statusLines(status: Status): string[] {
  const { nodes, files, megabytes, roundTrips } = status;
  const p50 = roundTrips?.p50.toFixed(2) ?? "-";
  const p99 = roundTrips?.p99.toFixed(2) ?? "-";
  return [
    ...nodes.map((node) => memberLine(node, status.epoch)),
    `fed      ${files.fed} of ${files.all} texts, ${megabytes.fed.toFixed(1)} of ${megabytes.all.toFixed(1)} MB, ` +
      `${status.megabytesPerSecond.toFixed(1)} MB/s`,
    `asked    ${status.asks} times, ${status.failedAsks} failed; round trip p50 ${p50} ms, p99 ${p99} ms`,
    `now      ${status.now}`,
  ];
}

function memberLine(
  { name, processId, state, isHost, sees }: Status["nodes"][number],
  epoch: number | undefined,
): string {
  if (state !== "up") return `${name.padEnd(8)} ${state}`;
  const role = isHost ? `; hosts the index, epoch ${epoch}` : "";
  return `${name.padEnd(8)} up, process ${processId}, sees ${sees} members${role}`;
}

/** The lines at the end. */
export function summaryLines(summary: Summary): string[] {
  const { recoveredMs, visibleMs, failedAsks, asks, controlP50Ms, controlP99Ms, megabytes, problems } = summary;
  return [
    "",
    summary.ok ? "Everything held." : "NOT everything held:",
    ...problems.map((problem) => `  - ${problem}`),
    `  members     ${summary.members}`,
    `  index       ${summary.indexedWords} words of ${summary.files} texts (${megabytes} MB), epoch ${summary.epoch}`,
    `              ${summary.indexMatches ? "equal" : "NOT equal"} to one computed directly`,
    `  control     p50 ${controlP50Ms} ms, p99 ${controlP99Ms} ms beside the bulk data, the kill included`,
    `  kill        answered again after ${recoveredMs} ms, everywhere after ${visibleMs} ms`,
    `  asks        ${asks}, of which ${failedAsks} failed${summary.ok ? ", in flight to the killed process" : ""}`,
  ];
}

/** Breaks at spaces. A word longer than `width` characters keeps a line of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
