// Effect cluster: one runner with an entity, and a client. Runners usually find each other in a database; here the client
// is told of the only one, and no message is stored.
import { createServer } from "node:net";
import { NodeClusterSocket } from "@effect/platform-node";
import { Effect, Layer, Logger, ManagedRuntime, Option, Schema } from "effect";
import { Entity, MessageStorage, Runner, RunnerAddress, RunnerStorage } from "effect/cluster";
import { Rpc } from "effect/rpc";

const Bench = Entity.make("Bench", [
  Rpc.make("Echo", { payload: { text: Schema.String }, success: Schema.String }),
  Rpc.make("Take", { payload: { text: Schema.String } }),
  Rpc.make("Received", { success: Schema.Number }),
]);

// The default is too small for messages of 1 MB.
const serializationMaxBufferSize = "unbounded";
const silent = Logger.layer([]);
let runtime;
let bench;

/** Counts what reaches it, one after the other, as an actor does. @returns the port. */
export async function listen(host) {
  let received = 0;
  const handlers = Bench.toLayer(
    {
      Echo: ({ payload }) => Effect.succeed(payload.text),
      Take: () => Effect.sync(() => void received++),
      Received: () => Effect.sync(() => received),
    },
    { concurrency: 1, mailboxCapacity: "unbounded" },
  );
  const port = await freePort(host);
  const runnerAddress = Option.some(RunnerAddress.make(host, port));
  const cluster = NodeClusterSocket.layer({
    storage: "local",
    serializationMaxBufferSize,
    shardingConfig: { runnerAddress },
  });
  runtime = ManagedRuntime.make(handlers.pipe(Layer.provideMerge(cluster), Layer.provide(silent)));
  await runtime.runPromise(Effect.void);
  return port;
}

export async function connect(host, port) {
  const runner = Runner.make({ address: RunnerAddress.make(host, port), groups: ["default"], weight: 1 });
  const runners = Layer.effect(RunnerStorage.RunnerStorage)(
    Effect.gen(function* () {
      const storage = yield* RunnerStorage.makeMemory;
      yield* storage.register(runner, true);
      return storage;
    }),
  );
  const cluster = NodeClusterSocket.layer({
    clientOnly: true,
    storage: "byo",
    serializationMaxBufferSize,
    shardingConfig: { runnerAddress: Option.none() },
  });
  runtime = ManagedRuntime.make(
    cluster.pipe(Layer.provideMerge(MessageStorage.layerNoop), Layer.provide(runners), Layer.provide(silent)),
  );
  bench = (await runtime.runPromise(Bench.client))("bench");
}

/** One-way: a call whose result is discarded. */
export function tell(text) {
  runtime.runFork(bench.Take({ text }, { discard: true }));
}

export function received() {
  return runtime.runPromise(bench.Received());
}

export function ask(text) {
  return runtime.runPromise(bench.Echo({ text }));
}

/** Resolves when the receiver has it. */
export function send(text) {
  return runtime.runPromise(bench.Take({ text }));
}

/** A runner has to know its port before it starts. */
function freePort(host) {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, host, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
