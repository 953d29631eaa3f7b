// Slow: large simulated clusters.
import { World } from "@foundation/testkit";
import type { Connection, Transport } from "@foundation/transport";
import { describe, expect, it } from "vitest";

/** How long one connection keeps a process busy that shares two cores with twenty-nine others. Virtual milliseconds. */
const connectionMs = 150;

/** Everybody who dials seems to come from one machine, as many processes on one do, and connections cost time. */
function onOneMachine(transport: () => Transport, isBusy: () => void): Transport {
  const seenAs = (connection: Connection): Connection => ({
    remoteHost: "127.0.0.1",
    security: undefined,
    get bufferedBytes() {
      return connection.bufferedBytes;
    },
    attach: (handlers) => connection.attach(handlers),
    send: (frame, release) => connection.send(frame, release),
    pause: () => connection.pause(),
    resume: () => connection.resume(),
    close: (code, reason) => connection.close(code, reason),
    terminate: () => connection.terminate(),
  });
  return {
    listen: (options, onConnection, onRefused) => {
      const accept = (connection: Connection): void => {
        onConnection(seenAs(connection));
        isBusy();
      };
      return transport().listen(options, accept, onRefused);
    },
    dial: async (address, options) => {
      isBusy();
      return transport().dial(address, options);
    },
  };
}

async function form(seed: number, count: number): Promise<World> {
  const world = new World({ seed });
  const names = Array.from({ length: count }, (_, index) => `n${index}`);
  const started = names.map((name) => {
    const busy = (): void => {
      if (world.process(name).state === "running") world.stall(name, connectionMs);
    };
    return world.boot(name, {
      transport: onOneMachine(() => world.network.transport(name, world.process(name)), busy),
    });
  });
  await world.settle(Promise.all(started));
  await world.waitUntil("all see all", () => world.nodes.every(({ node }) => node.members().length === count));
  return world;
}

describe("thirty nodes that start at once", () => {
  it.each([30, 31])(
    "[Y1] form one cluster in which nobody was declared dead: seed %i",
    async (seed) => {
      const world = await form(seed, 30);
      expect(world.deaths).toEqual([]);
    },
    120_000,
  );
});
