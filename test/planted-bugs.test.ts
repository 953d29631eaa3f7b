// Slow: many seeds.
// The simulations are worth something only if they find bugs. Each of these is planted in the place of the real part, and
// has to be found within 200 seeds; with the real part the same seeds hold (simulation.test.ts).
import type { NodeProtocol, NodeProtocolOptions } from "@foundation/cluster";
import type { FaultName, SimulationResult } from "@foundation/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";

const cluster = "../packages/cluster/src";
const transport = "../packages/transport/src";
const supervision = "../packages/supervision/src";
const seedsMax = 200;

/** Runs seeds with the mocked parts until one fails. */
async function firstFailure(name: string, kinds: readonly FaultName[]): Promise<SimulationResult | undefined> {
  const { scenarios, simulate } = await import("@foundation/testkit");
  const scenario = scenarios.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  for (let seed = 1; seed <= seedsMax; seed++) {
    const result = await simulate(scenario, { seed, nodes: 3, kinds });
    if (result.violations.length > 0) return result;
  }
  return undefined;
}

const replaced = [
  `${cluster}/parts/node-protocols.ts`,
  `${cluster}/detection/failure-detector.ts`,
  `${cluster}/remote/remote-calls.ts`,
  `${cluster}/remote/remote-watches.ts`,
  `${supervision}/rounds.ts`,
  `${transport}/handshake/proof.ts`,
  `${transport}/link/connection-watch.ts`,
];

afterEach(() => {
  vi.resetModules();
  for (const file of replaced) vi.doUnmock(file);
});

describe("simulations find", () => {
  it("a registry that forgets a delta", async () => {
    vi.doMock(`${cluster}/parts/node-protocols.ts`, async (load) => {
      const real = await load<typeof import("../packages/cluster/src/parts/node-protocols.ts")>();
      class Forgetful extends real.NodeProtocols {
        override add<Payload>(options: NodeProtocolOptions<Payload>): NodeProtocol<Payload> {
          const protocol = super.add<Payload>(options);
          let count = 0;
          const isForgotten = (payload: Payload): boolean =>
            options.name === "registry" && (payload as { kind?: string }).kind === "delta" && count++ % 2 === 0;
          return {
            ...protocol,
            send: (nodeId, payload) => isForgotten(payload) || protocol.send(nodeId, payload),
            multicast: (nodeIds, payload) => (isForgotten(payload) ? 0 : protocol.multicast(nodeIds, payload)),
          };
        }
      }
      return { ...real, NodeProtocols: Forgetful };
    });
    const found = await firstFailure("singletons", ["crash", "restart"]);
    expect(found?.violations.join("\n")).toMatch(/sees names|looks for|with epoch|did not hold/);
  }, 120_000);

  it("a supervisor that starts without asking the others, and so twice", async () => {
    vi.doMock(`${supervision}/rounds.ts`, async (load) => {
      const real = await load<typeof import("../packages/supervision/src/rounds.ts")>();
      class Hasty extends real.Rounds {
        override begin({ names, electorate, done }: Parameters<InstanceType<typeof real.Rounds>["begin"]>[0]): void {
          const asked = new Set(electorate.members);
          done({ names: names.map(([name]) => name), asked, objections: new Map(), silent: 0, answered: 0, ageMs: 0 });
        }
      }
      return { ...real, Rounds: Hasty };
    });
    const found = await firstFailure("singletons", ["crash", "restart", "stall", "cut"]);
    expect(found?.violations.join("\n")).toMatch(/with epoch \d+ (after|at \d+ ms beside)/);
  }, 120_000);

  it("a failure detector that trusts a stalled clock", async () => {
    vi.doMock(`${cluster}/detection/failure-detector.ts`, async (load) => {
      const real = await load<typeof import("../packages/cluster/src/detection/failure-detector.ts")>();
      type Arguments = ConstructorParameters<typeof real.FailureDetector>;
      // Silence by the last message, no look at one's own lag, no reading of what waits, nobody else asked.
      class Trusting extends real.FailureDetector {
        readonly #arguments: Arguments;
        #isRunning = false;
        constructor(...given: Arguments) {
          super(...given);
          this.#arguments = given;
        }
        override start(): void {
          this.#isRunning = true;
          this.#tick();
        }
        override stop(): void {
          this.#isRunning = false;
        }
        #tick(): void {
          const [runtime, { intervalMs, downAfterMs }, port] = this.#arguments;
          for (const link of [...port.links()]) {
            if (runtime.now() - link.lastReceivedAt > downAfterMs) port.declareDown(link);
            else port.ping(link);
          }
          if (this.#isRunning) runtime.setTimer(intervalMs, () => this.#tick(), { background: true });
        }
      }
      return { ...real, FailureDetector: Trusting };
    });
    const found = await firstFailure("singletons", ["stall"]);
    expect(found?.violations.join("\n")).toMatch(/dead at \d+ ms, and it lived/);
  }, 120_000);

  it("a queue that reorders", async () => {
    vi.doMock(`${cluster}/remote/remote-calls.ts`, async (load) => {
      const real = await load<typeof import("../packages/cluster/src/remote/remote-calls.ts")>();
      type Tell = Parameters<InstanceType<typeof real.RemoteCalls>["tell"]>;
      class Reordering extends real.RemoteCalls {
        #held: Tell | undefined;
        #count = 0;
        override tell(...message: Tell): void {
          if (++this.#count % 50 === 0) {
            this.#held = message;
            return;
          }
          super.tell(...message);
          const held = this.#held;
          this.#held = undefined;
          if (held !== undefined) super.tell(...held);
        }
      }
      return { ...real, RemoteCalls: Reordering };
    });
    const found = await firstFailure("messages", ["cut"]);
    expect(found?.violations.join("\n")).toMatch(/message \d+ came after/);
  }, 120_000);

  it("a node that is not told of its later life, and so stays alone after its clock was set back", async () => {
    vi.doMock(`${transport}/handshake/proof.ts`, async (load) => ({
      ...(await load<typeof import("../packages/transport/src/handshake/proof.ts")>()),
      readOutlived: () => undefined,
    }));
    const found = await firstFailure("registry", ["setBack"]);
    expect(found?.violations.join("\n")).toMatch(/does not see/);
  }, 120_000);

  it("links that are kept although they carry nothing, because others hear the peer", async () => {
    vi.doMock(`${cluster}/detection/failure-detector.ts`, async (load) => {
      const real = await load<typeof import("../packages/cluster/src/detection/failure-detector.ts")>();
      type Arguments = ConstructorParameters<typeof real.FailureDetector>;
      class Patient extends real.FailureDetector {
        constructor(...[runtime, options, port]: Arguments) {
          super(runtime, options, { ...port, giveUp: () => {}, watch: () => {} });
        }
      }
      return { ...real, FailureDetector: Patient };
    });
    const found = await firstFailure("registry", ["sever"]);
    expect(found?.violations.join("\n")).toMatch(/does not see .* and sees \[n\d:suspect/);
  }, 120_000);

  it("single connections that are dead and not noticed", async () => {
    vi.doMock(`${transport}/link/connection-watch.ts`, async (load) => {
      const real = await load<typeof import("../packages/transport/src/link/connection-watch.ts")>();
      class Blind extends real.ConnectionWatch {
        override look(): "nothing" {
          return "nothing";
        }
      }
      return { ...real, ConnectionWatch: Blind };
    });
    const found = await firstFailure("messages", ["sever"]);
    expect(found?.violations.join("\n")).toMatch(/gets no answer of n\d on \w+|sees \[n\d:suspect/);
  }, 120_000);

  it("asks that are sent twice", async () => {
    vi.doMock(`${cluster}/remote/remote-calls.ts`, async (load) => {
      const real = await load<typeof import("../packages/cluster/src/remote/remote-calls.ts")>();
      type Request = Parameters<InstanceType<typeof real.RemoteCalls>["request"]>;
      class Stuttering extends real.RemoteCalls {
        #count = 0;
        override request(...request: Request): void {
          super.request(...request);
          if (++this.#count % 20 !== 0) return;
          const nobody = {
            succeed() {},
            fail() {},
            refuse() {},
            timeLeftMs: () => 1_000,
            isAborted: false,
            onSettled: undefined,
          };
          super.request(...(request.with(-1, nobody) as Request));
        }
      }
      return { ...real, RemoteCalls: Stuttering };
    });
    const found = await firstFailure("singletons", ["cut"]);
    expect(found?.violations.join("\n")).toMatch(/increment \d+ ran in life \d+ after it ran/);
  }, 120_000);

  it("monitors that are forgotten when a link breaks", async () => {
    vi.doMock(`${cluster}/remote/remote-watches.ts`, async (load) => {
      const real = await load<typeof import("../packages/cluster/src/remote/remote-watches.ts")>();
      type Watch = InstanceType<typeof real.RemoteWatches>["watch"];
      class Forgetful extends real.RemoteWatches {
        override watch(...[actorId, listener]: Parameters<Watch>): ReturnType<Watch> {
          return super.watch(actorId, (reason) => {
            if (reason !== "noconnection") listener(reason);
          });
        }
      }
      return { ...real, RemoteWatches: Forgetful };
    });
    const found = await firstFailure("monitors", ["crash"]);
    expect(found?.violations.join("\n")).toMatch(/monitors of actors that are gone said nothing/);
  }, 120_000);

  it("registrations that are lost on their way", async () => {
    vi.doMock(`${cluster}/parts/node-protocols.ts`, async (load) => {
      const real = await load<typeof import("../packages/cluster/src/parts/node-protocols.ts")>();
      class Lossy extends real.NodeProtocols {
        override add<Payload>(options: NodeProtocolOptions<Payload>): NodeProtocol<Payload> {
          let count = 0;
          const isLost = (): boolean => options.name === "registry" && ++count % 100 === 0;
          return super.add<Payload>({
            ...options,
            receive: (payload, nodeId) => (isLost() ? undefined : options.receive(payload, nodeId)),
          });
        }
      }
      return { ...real, NodeProtocols: Lossy };
    });
    const found = await firstFailure("registry", ["stall"]);
    expect(found?.violations.join("\n")).toMatch(/looks for|sees names|events tell/);
  }, 120_000);
});
