import type { DemoEvent, Summary } from "./summary.ts";
import type { Status } from "./view.ts";

/** One line for an event. */
export function eventLine({ atMs, text }: DemoEvent): string {
  return `${(atMs / 1_000).toFixed(2).padStart(6)} s  ${text}`;
}

/** The lines that show how things stand. */
export function statusLines(status: Status): string[] {
  const { nodes, epoch, files, megabytes, roundTrips } = status;
  const members = nodes.map(({ name, processId, isUp, isHost, sees }) => {
    if (!isUp) return `${name} is down`;
    return `${name} (pid ${processId}, sees ${sees}${isHost ? `, index of epoch ${epoch}` : ""})`;
  });
  const p50 = roundTrips?.p50.toFixed(2) ?? "-";
  const p99 = roundTrips?.p99.toFixed(2) ?? "-";
  return [
    `members  ${members.join("   ")}`,
    `fed      ${files.fed} of ${files.all} files, ${megabytes.fed.toFixed(1)} of ${megabytes.all.toFixed(1)} MB, ` +
      `${status.megabytesPerSecond.toFixed(1)} MB/s`,
    `control  round trip p50 ${p50} ms, p99 ${p99} ms; ${status.asks} asks, ${status.failedAsks} failed`,
  ];
}

/** The lines at the end. */
export function summaryLines(summary: Summary): string[] {
  const { recoveredMs, visibleMs, failedAsks, asks, controlP50Ms, controlP99Ms, megabytes, problems } = summary;
  return [
    "",
    summary.ok ? "Everything held." : "NOT everything held:",
    ...problems.map((problem) => `  - ${problem}`),
    `  members     ${summary.members}`,
    `  index       ${summary.indexedWords} words of ${summary.files} files (${megabytes} MB), epoch ${summary.epoch}, ` +
      (summary.indexMatches ? "equal to one computed directly" : "NOT equal to one computed directly"),
    `  control     p50 ${controlP50Ms} ms, p99 ${controlP99Ms} ms beside the bulk data, the kill included`,
    `  kill        answered again after ${recoveredMs} ms, everywhere after ${visibleMs} ms`,
    `  asks        ${asks}, of which ${failedAsks} failed${summary.ok ? ", in flight to the killed process" : ""}`,
  ];
}
