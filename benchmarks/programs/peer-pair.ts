// One of two processes of a comparable system from the npm registry. The loops and the counting are those that we run under.
import { median } from "../statistics.ts";
import { askBesideBulk, askFor, askInFlight, type HeadOfLine, tellFor } from "../traffic.ts";

/** What a system's `node.mjs` exports. Messages are text, which all of their serializers know. */
interface PeerNode {
  /** @returns the port. */
  listen(host: string): Promise<number>;
  connect(host: string, port: number): Promise<void>;
  tell(text: string): void;
  /** How many messages the receiver has handled. */
  received(): Promise<number>;
  ask(text: string): Promise<unknown>;
  /** Sends, and resolves when the receiver has it. */
  send(text: string): Promise<unknown>;
}

let node: PeerNode;

export async function listen(peer: string, host: string): Promise<number> {
  node = await load(peer);
  return node.listen(host);
}

export async function connect(peer: string, host: string, port: number): Promise<void> {
  node = await load(peer);
  await node.connect(host, port);
  // The first one waits until the two know each other.
  await node.ask("ping");
}

/** Messages a second of `bytes` bytes each. */
export function tell(bytes: number, ms: number): Promise<number> {
  const text = "x".repeat(bytes);
  const send = (count: number): void => {
    for (let sent = 0; sent < count; sent++) node.tell(text);
  };
  return tellFor({ send, received: node.received }, { batch: 1000, window: 4 }, ms);
}

/** Microseconds an ask, the median. */
export async function askSequential(ms: number): Promise<number> {
  return median(await askFor(() => node.ask("ping"), ms)) * 1000;
}

/** Asks a second. */
export function askConcurrent(inFlight: number, ms: number): Promise<number> {
  return askInFlight(() => node.ask("ping"), inFlight, ms);
}

/** Megabytes (10^6 bytes) a second in messages of `bytes` bytes, of which 16 are under way. */
export async function bulk(bytes: number, ms: number): Promise<number> {
  const text = "x".repeat(bytes);
  return ((await askInFlight(() => node.send(text), 16, ms)) * bytes) / 1e6;
}

/** Asks of 1 KB, one after the other, while `window` messages of 1 MB are always under way. */
export function headOfLine(pace: { window: number; warmUpMs: number; ms: number }): Promise<HeadOfLine> {
  const large = "x".repeat(1_000_000);
  const request = "x".repeat(1024);
  const ask = () => node.ask(request);
  return askBesideBulk({ ask, sendLarge: () => node.send(large), largeBytes: large.length }, pace);
}

async function load(peer: string): Promise<PeerNode> {
  return (await import(`../peers/${peer}/node.mjs`)) as PeerNode;
}
