// One node in the middle, and many peers around it in another process: the middle runs `start`, the others `join`.

import { systemRuntime } from "@foundation/actor";
import { Foundation, type FoundationOptions, type Node } from "@foundation/runtime";
import { Endpoint, formatAddress, type PeerAddress, WebSocketTransport } from "@foundation/transport";

/** Kinds of messages that keep a link alive; see docs/reference/protocol.md. */
const ping = 11;
const pong = Uint8Array.of(12);
const clusterName = "star";

let node: Node;
let broadcast: (payload: { readonly text: string }) => number;
const peers: Endpoint[] = [];

/** Starts the node in the middle. @returns where it listens. */
export async function start(options: FoundationOptions): Promise<PeerAddress> {
  node = await Foundation.start({ logLevel: "error", clusterName, ...options });
  const schema = { safeParse: () => ({ success: false }) as const };
  ({ broadcast } = node.membership.protocol<{ text: string }>({ name: "star", schema, receive() {} }));
  return node.transport.address;
}

/** Links peers to the node in the middle until there are `count`; all they do is answer pings. */
export async function join(middle: PeerAddress, secret: string, count: number): Promise<void> {
  const runtime = systemRuntime();
  for (let index = peers.length; index < count; index++) {
    const endpoint = new Endpoint({
      runtime,
      transport: new WebSocketTransport({ runtime }),
      identity: { cluster: clusterName, nodeId: `peer-${index}`, incarnation: 1 },
      secret,
      listen: { host: "127.0.0.1", port: 0 },
      handlers: {
        onLink: (link) => ({
          message(_channel, message) {
            if (message.u8() === ping) link.send("control", pong);
          },
          down() {},
        }),
      },
    });
    await endpoint.start();
    await endpoint.connect(middle);
    peers.push(endpoint);
  }
}

/** Waits until the middle has as many links. */
export async function linked(count: number): Promise<void> {
  const until = performance.now() + 10_000;
  while (node.transport.stats().links < count) {
    if (performance.now() > until) throw new Error(`${formatAddress(node.transport.address)} has too few links.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What this process holds after a full collection: objects, and the memory of buffers. Bytes. */
export async function memory(): Promise<number> {
  // What has just become garbage may have to be finalized first.
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Sends `count` messages of 1 KB to all peers. @returns microseconds of processor time for one of them. */
export async function broadcastCost(count: number): Promise<number> {
  const text = "x".repeat(1024);
  for (let warm = 0; warm < 200; warm++) broadcast({ text });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = process.cpuUsage();
  for (let sent = 0; sent < count; sent++) {
    broadcast({ text });
    // So that the queues stay short.
    if (sent % 10 === 9) await new Promise((resolve) => setImmediate(resolve));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}
