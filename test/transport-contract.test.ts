// Every transport of the project against what the interface promises.
import { createServer, type Server, type Socket } from "node:net";
import { systemRuntime } from "@foundation/actor";
import {
  describeContract,
  SeededRandom,
  SimulatedNetwork,
  SimulatedRuntime,
  TestTime,
  type TransportSubject,
  transportContract,
  VirtualTime,
} from "@foundation/testkit";
import { MemoryNetwork, MemoryTransport, type PeerAddress, WebSocketTransport } from "@foundation/transport";
import { describe, it } from "vitest";

describeContract(
  transportContract({
    name: "memory",
    create: async () => {
      const runtime = systemRuntime();
      const network = new MemoryNetwork(runtime);
      const [listener, dialer] = [new MemoryTransport(network, "here"), new MemoryTransport(network, "there")];
      return { runtime, listener, dialer, host: "here" };
    },
    cannot: {
      silent: "in memory somebody listens or nobody does",
      breakConnections: "memory does not break; what the other end terminates is covered",
    },
  }),
  { describe, it },
);

describeContract(
  transportContract({
    name: "WebSocket",
    create: async () => {
      const runtime = systemRuntime();
      const transport = new WebSocketTransport({ runtime });
      const { silent, close } = await listenAndSayNothing();
      return { runtime, listener: transport, dialer: transport, host: "127.0.0.1", silent, dispose: close };
    },
    cannot: { breakConnections: "breaking TCP takes a proxy or root; the process tests do it" },
  }),
  { describe, it },
);

describeContract(
  transportContract({
    name: "simulated network",
    create: async () => {
      const time = new VirtualTime();
      const network = new SimulatedNetwork(time, new SeededRandom(1), () => {});
      const process = (name: string): SimulatedRuntime =>
        new SimulatedRuntime(time, new SeededRandom(1, name), () => {});
      const [near, far] = [process("near"), process("far")];
      network.setPath({ delayMs: 5, jitterMs: 10, loss: 0.05, bytesPerMs: 1_000_000 });
      network.block("near", "silent");
      const clock = new TestTime(time, () => "");
      const subject: TransportSubject = {
        runtime: near,
        listener: network.transport("far", far),
        dialer: network.transport("near", near),
        host: "far",
        silent: { host: "silent", port: 1 },
        breakConnections: () => network.cut("near", "far"),
        settle: (work) => clock.settle(work),
      };
      return subject;
    },
  }),
  { describe, it },
);

/** A socket that accepts connections and never answers. */
async function listenAndSayNothing(): Promise<{ silent: PeerAddress; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => void sockets.add(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { silent: { host: "127.0.0.1", port: address.port }, close };
}
