import type { EventHistory } from "./event-history.ts";
import type { NodeInspection } from "./node-inspection.ts";
import type { NodeProcess } from "./node-process.ts";
import { within } from "./within.ts";

/** How long one node may take to describe itself. Milliseconds. */
const inspectMs = 1_000;
const eventsShown = 40;
const stderrLinesShown = 10;
const wiresShown = 40;

/** What a diagnosis is made of. */
interface DiagnosisSources {
  readonly seed: number;
  readonly processes: Iterable<NodeProcess>;
  readonly network: readonly string[];
  readonly history: EventHistory;
}

/** What every node sees, what the network does and what happened last, for a human who has to find out why. */
export async function diagnose({ seed, processes, network, history }: DiagnosisSources): Promise<string> {
  const nodes = await Promise.all([...processes].map(describeProcess));
  const wires = network.length > wiresShown ? [...network.slice(0, wiresShown), "…"] : network;
  const events = history.last(eventsShown).map(({ atMs, who, what }) => `${atMs.toFixed(0)} ms ${who}: ${what}`);
  return [
    `seed ${seed}`,
    ...section("nodes", nodes.flat()),
    ...section("network", wires),
    ...section("last events", events),
  ].join("\n");
}

function section(title: string, lines: readonly string[]): string[] {
  return [`${title}:`, ...(lines.length === 0 ? ["none"] : lines).map((line) => `  ${line}`)];
}

async function describeProcess(process: NodeProcess): Promise<string[]> {
  const head = `${process.name} (pid ${process.pid}, ${process.describe()})`;
  const stderr = process.stderr.lines(stderrLinesShown).map((line) => `  stderr: ${line}`);
  // A process that is stopped or gone would only use up the time.
  if (process.state.kind !== "running") return [head, ...stderr];
  const look = await within(inspectMs, () => process.ask({ kind: "inspect" }, inspectMs));
  if (look.kind !== "value") return [`${head} does not answer within ${inspectMs} ms`, ...stderr];
  if (look.value === undefined) return [`${head} has no node yet`, ...stderr];
  return [head, ...describeNode(look.value as NodeInspection), ...stderr];
}

function describeNode({ members, names, owners, queues, mailboxes, actors, deadLetters }: NodeInspection): string[] {
  const more = names > owners.length ? ` and ${names - owners.length} more` : "";
  return [
    `  members ${list(members.map(({ nodeId, status }) => `${nodeId}:${status}`))}`,
    `  names ${list(owners.map(({ name, nodeId, epoch }) => `${name}@${nodeId}#${epoch}`))}${more}`,
    `  queues ${list(queues.map(({ to, channel, queuedBytes }) => `${to}/${channel}:${queuedBytes} bytes`))}`,
    `  mailboxes ${list(mailboxes.map(({ name, length }) => `${name}:${length}`))}, ${actors} actors, ${deadLetters} dead letters`,
  ];
}

function list(items: readonly string[]): string {
  return `[${items.join(" ")}]`;
}
