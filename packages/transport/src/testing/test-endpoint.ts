import { createLog, type LogEvent, type Runtime, systemRuntime } from "@foundation/actor";
import { Endpoint } from "../endpoint/endpoint.ts";
import type { EndpointOptions } from "../endpoint/endpoint-options.ts";
import type { Link, LinkDownReason } from "../link/link.ts";
import { MemoryNetwork } from "../memory/memory-network.ts";
import { MemoryTransport } from "../memory/memory-transport.ts";
import type { Transport } from "../transport.ts";
import { WebSocketTransport } from "../websocket/websocket-transport.ts";

/** A message as a test endpoint saw it. */
interface Received {
  readonly from: string;
  readonly channel: string;
  readonly message: Buffer;
}

/** An endpoint that keeps what happened to it. */
export class TestEndpoint {
  readonly endpoint: Endpoint;
  readonly links: Link[] = [];
  readonly downs: { readonly link: Link; readonly reason: LinkDownReason }[] = [];
  readonly received: Received[] = [];
  /** What it was told of lives of its own that are over. */
  readonly outlived: number[] = [];
  onMessage: (received: Received, link: Link) => void = (received) => void this.received.push(received);

  constructor(options: Omit<EndpointOptions, "handlers">) {
    this.endpoint = new Endpoint({
      ...options,
      handlers: {
        onLink: (link) => {
          this.links.push(link);
          return {
            message: (channel, reader) =>
              this.onMessage({ from: link.peer.nodeId, channel, message: Buffer.from(reader.rest()) }, link),
            down: (reason) => void this.downs.push({ link, reason }),
          };
        },
        onOutlived: (newest) => void this.outlived.push(newest),
      },
    });
  }

  /** The messages of one channel as text. */
  texts(channel = "control"): string[] {
    return this.received.filter((one) => one.channel === channel).map((one) => one.message.toString());
  }
}

/** One network with the endpoints that a test started on it. */
export class TestNetwork {
  readonly logged: LogEvent[] = [];
  readonly runtime: Runtime = systemRuntime({ log: createLog((event) => void this.logged.push(event)) });
  readonly kind: "memory" | "websocket";
  readonly #memory = new MemoryNetwork(this.runtime);
  readonly #started: TestEndpoint[] = [];

  constructor(kind: "memory" | "websocket") {
    this.kind = kind;
  }

  /** A transport of this network's kind. */
  transport(): Transport {
    return this.kind === "memory"
      ? new MemoryTransport(this.#memory, "127.0.0.1")
      : new WebSocketTransport({ runtime: this.runtime });
  }

  /** Starts an endpoint. */
  async start(
    nodeId: string,
    {
      cluster = "test",
      incarnation = 1,
      ...options
    }: Partial<EndpointOptions> & { cluster?: string; incarnation?: number } = {},
  ): Promise<TestEndpoint> {
    const started = new TestEndpoint({
      runtime: this.runtime,
      transport: this.transport(),
      identity: { cluster, nodeId, incarnation },
      secret: "a secret of the tests",
      listen: { host: "127.0.0.1", port: 0 },
      ...options,
    });
    this.#started.push(started);
    await started.endpoint.start();
    return started;
  }

  /** Closes every endpoint. */
  async stop(): Promise<void> {
    await Promise.all(this.#started.map(({ endpoint }) => endpoint.close()));
  }
}

/** Resolves when `condition` holds; fails with `describe()` after `timeoutMs`. */
export async function until(
  condition: () => boolean,
  describe: () => unknown = () => condition.toString(),
  timeoutMs = 10_000,
): Promise<void> {
  const runtime = systemRuntime();
  const deadline = runtime.now() + timeoutMs;
  while (!condition()) {
    if (runtime.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${JSON.stringify(describe())}`);
    await new Promise((resolve) => runtime.setTimer(2, () => resolve(undefined)));
  }
}

/** The code of the error that `promise` is rejected with. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
  return "no error";
}
