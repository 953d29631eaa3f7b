import type { HouseTable } from "./house-table.ts";

/**
 * The shape of the house: what may import what, and how far each limit is kept. `npm run check` reads it, and writes from it what the
 * editor shows (`layers.biome.json`). A package that stands in no row fails the check.
 *
 * The lists below the packages are debts: they may only become shorter. A row that is no longer needed fails the check.
 */
export const table: HouseTable = {
  // From low to high: a package imports only those of its row, which stand above it (docs/adr/0001).
  packages: {
    actor: { mayImport: [], circleFilesMax: 7 },
    transport: { mayImport: ["actor"] },
    discovery: { mayImport: ["actor"] },
    cluster: { mayImport: ["actor", "transport", "discovery"], circleFilesMax: 2 },
    registry: { mayImport: ["actor", "transport", "discovery", "cluster"], circleFilesMax: 2 },
    supervision: { mayImport: ["actor", "transport", "discovery", "cluster", "registry"] },
    foundation: {
      mayImport: ["actor", "transport", "discovery", "cluster", "registry", "supervision"],
      usesRealWorld: true,
      circleFilesMax: 2,
    },
    testkit: {
      mayImport: ["actor", "transport", "discovery", "cluster", "registry", "supervision", "foundation"],
      usesRealWorld: true,
      circleFilesMax: 6,
    },
  },

  // Installed in the root for what no file imports.
  commands: {
    "@biomejs/biome": "formats and lints",
    "@types/node": "the compiler finds it by itself",
    "@vitest/coverage-v8": "npm run coverage; vitest loads it",
    esbuild: "bundles a program in test/own-project.test.ts",
    node: "the Node that everything runs on",
    typescript: "checks types and builds",
  },

  // Tests that start processes are left out of the fast tier, but these.
  quickTests: {
    "benchmarks/suites/local.test.ts": "compares names, and starts nothing",
    "packages/actor/src/message/deadlines.test.ts": "one small program",
    "packages/discovery/src/local-discovery.test.ts": "processes that end at once, for their ids",
    "test/security-start.test.ts": "one node with few descriptors",
    "test/supervision/give-up.test.ts": "small programs",
    "test/unhandled-rejections.test.ts": "small programs",
  },

  // Files of packages/*/src above this are split.
  fileLinesMax: 400,
  longFiles: {
    "packages/registry/src/registry.ts": 509,
    "packages/supervision/src/distributed-supervisor.ts": 433,
    "packages/supervision/src/singleton-starts.ts": 417,
    "packages/testkit/src/world/world.ts": 411,
  },

  // Files of packages/*/src above this have a test beside them.
  untestedLinesMax: 100,
  untested: [
    "packages/actor/src/actor/actor-cell.ts",
    "packages/actor/src/actor/actor-context.ts",
    "packages/actor/src/actor/actor-inbox.ts",
    "packages/actor/src/actor/actor-signals.ts",
    "packages/actor/src/actor/actor-timers.ts",
    "packages/actor/src/actor/actor.ts",
    "packages/actor/src/message/calls.ts",
    "packages/actor/src/message/ref.ts",
    "packages/actor/src/message/reply.ts",
    "packages/actor/src/options/option-rule.ts",
    "packages/actor/src/runtime/system-standard-error.ts",
    "packages/actor/src/stream/actor-stream.ts",
    "packages/actor/src/stream/stream-producer.ts",
    "packages/actor/src/supervisor/child.ts",
    "packages/actor/src/supervisor/dynamic-supervisor.ts",
    "packages/actor/src/supervisor/partition-supervisor.ts",
    "packages/actor/src/supervisor/task-supervisor.ts",
    "packages/actor/src/system/orderly-stop.ts",
    "packages/actor/src/system/scheduler.ts",
    "packages/cluster/src/remote/actor-messages.ts",
    "packages/cluster/src/remote/remote-actor.ts",
    "packages/cluster/src/remote/remote-mailboxes.ts",
    "packages/cluster/src/remote/remote-streams.ts",
    "packages/foundation/src/foundation.ts",
    "packages/foundation/src/node.ts",
    "packages/registry/src/name-copy.ts",
    "packages/registry/src/named-actor.ts",
    "packages/registry/src/registry.ts",
    "packages/supervision/src/distributed-supervisor.ts",
    "packages/supervision/src/member-view.ts",
    "packages/supervision/src/singleton-host.ts",
    "packages/supervision/src/singleton-spec.ts",
    "packages/supervision/src/singleton-starts.ts",
    "packages/supervision/src/spec-sync.ts",
    "packages/testkit/src/contracts/contract.ts",
    "packages/testkit/src/contracts/discovery-cases.ts",
    "packages/testkit/src/contracts/transport-bench.ts",
    "packages/testkit/src/contracts/transport-connection-cases.ts",
    "packages/testkit/src/contracts/transport-dial-cases.ts",
    "packages/testkit/src/network/simulated-connection.ts",
    "packages/testkit/src/processes/network/namespace-network.ts",
    "packages/testkit/src/processes/network/pipe.ts",
    "packages/testkit/src/processes/node-process.ts",
    "packages/testkit/src/processes/node-server.ts",
    "packages/testkit/src/processes/process-cluster.ts",
    "packages/testkit/src/simulation/messages-scenario.ts",
    "packages/testkit/src/simulation/monitor-record.ts",
    "packages/testkit/src/simulation/monitors-scenario.ts",
    "packages/testkit/src/simulation/registry-scenario.ts",
    "packages/testkit/src/simulation/simulate.ts",
    "packages/testkit/src/simulation/singletons-scenario.ts",
    "packages/testkit/src/world/simulated-runtime.ts",
    "packages/testkit/src/world/virtual-time.ts",
    "packages/transport/src/codec/extension.ts",
    "packages/transport/src/codec/value-preparation.ts",
    "packages/transport/src/codec/value-scanner.ts",
    "packages/transport/src/endpoint/accept-connection.ts",
    "packages/transport/src/endpoint/acceptor.ts",
    "packages/transport/src/endpoint/admission.ts",
    "packages/transport/src/endpoint/dialer.ts",
    "packages/transport/src/endpoint/endpoint-options.ts",
    "packages/transport/src/endpoint/links.ts",
    "packages/transport/src/endpoint/open-connection.ts",
    "packages/transport/src/handshake/proof.ts",
    "packages/transport/src/link/channel-options.ts",
    "packages/transport/src/link/inbound-lane.ts",
    "packages/transport/src/link/link.ts",
    "packages/transport/src/memory/memory-connection.ts",
    "packages/transport/src/transport.ts",
    "packages/transport/src/websocket/websocket-transport.ts",
  ],
};
