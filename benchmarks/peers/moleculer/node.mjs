// Moleculer: two brokers with its own TCP transporter, which needs no server, and its default serializer, JSON.
import { ServiceBroker } from "moleculer";

// Its default limit is 1 MiB.
const maxPacketSize = 64 * 1024 * 1024;
let broker;

/** Counts events and answers calls. @returns the port. */
export async function listen() {
  let received = 0;
  broker = brokerOf("receiver", {});
  broker.createService({
    name: "bench",
    actions: {
      echo: (context) => context.params.text,
      take() {
        received++;
      },
      received: () => received,
    },
    events: {
      "bench.take"() {
        received++;
      },
    },
  });
  await broker.start();
  return broker.registry.nodes.localNode.port;
}

export async function connect(host, port) {
  broker = brokerOf("sender", { urls: [`${host}:${port}/receiver`] });
  await broker.start();
  await broker.waitForServices("bench", 20_000);
}

/** One-way: an event, of which its only listener hears. */
export function tell(text) {
  broker.emit("bench.take", { text });
}

export function received() {
  return broker.call("bench.received");
}

export function ask(text) {
  return broker.call("bench.echo", { text });
}

/** Resolves when the receiver has it. */
export function send(text) {
  return broker.call("bench.take", { text });
}

function brokerOf(nodeID, options) {
  const transporter = { type: "TCP", options: { udpDiscovery: false, useHostname: false, maxPacketSize, ...options } };
  return new ServiceBroker({ nodeID, transporter, logger: false });
}
