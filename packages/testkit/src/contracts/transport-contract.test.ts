// The transport contract is worth something only if it finds what is wrong: each of these faults has to fail a case.
import type { Runtime } from "@foundation/actor";
import {
  type Connection,
  type ConnectionHandlers,
  type Listener,
  MemoryNetwork,
  MemoryTransport,
  type PeerAddress,
  type Transport,
} from "@foundation/transport";
import { describe, expect, it } from "vitest";
import {
  SeededRandom,
  SimulatedRuntime,
  TestTime,
  type TransportSubject,
  transportContract,
  VirtualTime,
} from "../index.ts";

/** A connection that does something else than the one it stands for. */
class OddConnection implements Connection {
  readonly inner: Connection;
  constructor(inner: Connection) {
    this.inner = inner;
  }
  get remoteHost(): string {
    return this.inner.remoteHost;
  }
  get bufferedBytes(): number {
    return this.inner.bufferedBytes;
  }
  attach(handlers: ConnectionHandlers): void {
    this.inner.attach(handlers);
  }
  send(frame: Uint8Array): void {
    this.inner.send(frame);
  }
  pause(): void {
    this.inner.pause();
  }
  resume(): void {
    this.inner.resume();
  }
  close(code: number, reason: string): void {
    this.inner.close(code, reason);
  }
  terminate(): void {
    this.inner.terminate();
  }
}

type Twist = (connection: Connection, runtime: Runtime) => Connection;

/** Faults of connections, and a part of the name of the case that has to notice. */
const twists: readonly [fault: string, noticedBy: RegExp, Twist][] = [
  [
    "loses every tenth frame",
    /whole and in order/,
    (inner) => {
      let count = 0;
      return new (class extends OddConnection {
        override send(frame: Uint8Array): void {
          if (++count % 10 !== 0) super.send(frame);
        }
      })(inner);
    },
  ],
  [
    "cuts long frames in two",
    /whole and in order/,
    (inner) =>
      new (class extends OddConnection {
        override send(frame: Uint8Array): void {
          super.send(frame.subarray(0, 65_536));
          if (frame.length > 65_536) super.send(frame.subarray(65_536));
        }
      })(inner),
  ],
  [
    "swaps neighbours",
    /whole and in order/,
    (inner) => {
      let held: Uint8Array | undefined;
      return new (class extends OddConnection {
        override send(frame: Uint8Array): void {
          if (held === undefined) held = frame;
          else {
            super.send(frame);
            super.send(held);
            held = undefined;
          }
        }
      })(inner);
    },
  ],
  [
    "writes to frames it has handed over",
    /lets received frames be kept/,
    (inner) =>
      new (class extends OddConnection {
        override attach(handlers: ConnectionHandlers): void {
          let last: Uint8Array | undefined;
          super.attach({
            onFrame: (frame) => {
              last?.fill(0);
              last = frame;
              handlers.onFrame(frame);
            },
            onDrain: () => handlers.onDrain(),
            onClose: (code, reason) => handlers.onClose(code, reason),
          });
        }
      })(inner),
  ],
  [
    "says twice that it is closed",
    /delivers what was sent before a close/,
    (inner) =>
      new (class extends OddConnection {
        override attach(handlers: ConnectionHandlers): void {
          super.attach({
            onFrame: (frame) => handlers.onFrame(frame),
            onDrain: () => handlers.onDrain(),
            onClose: (code, reason) => {
              handlers.onClose(code, reason);
              handlers.onClose(code, reason);
            },
          });
        }
      })(inner),
  ],
  [
    "reports drains from inside send",
    /reports nothing from inside/,
    (inner) => {
      let attached: ConnectionHandlers | undefined;
      return new (class extends OddConnection {
        override attach(handlers: ConnectionHandlers): void {
          attached = handlers;
          super.attach(handlers);
        }
        override send(frame: Uint8Array): void {
          super.send(frame);
          attached?.onDrain();
        }
      })(inner);
    },
  ],
  [
    "closes before it has sent everything",
    /delivers what was sent before a close/,
    (inner) =>
      new (class extends OddConnection {
        override close(): void {
          super.terminate();
        }
      })(inner),
  ],
  [
    "terminates with a proper close",
    /drops everything on terminate/,
    (inner) =>
      new (class extends OddConnection {
        override terminate(): void {
          super.close(1_000, "");
        }
      })(inner),
  ],
  [
    "never says that it drained",
    /counts what it holds/,
    (inner) =>
      new (class extends OddConnection {
        override attach(handlers: ConnectionHandlers): void {
          super.attach({
            onFrame: (frame) => handlers.onFrame(frame),
            onDrain: () => {},
            onClose: (code, reason) => handlers.onClose(code, reason),
          });
        }
      })(inner),
  ],
  [
    "throws when it sends while closing",
    /sends nothing, throws nothing/,
    (inner) => {
      let isClosing = false;
      return new (class extends OddConnection {
        override send(frame: Uint8Array): void {
          if (isClosing) throw new Error("not open");
          super.send(frame);
        }
        override close(code: number, reason: string): void {
          isClosing = true;
          super.close(code, reason);
        }
      })(inner);
    },
  ],
  [
    "forgets the reason",
    /delivers what was sent before a close/,
    (inner) =>
      new (class extends OddConnection {
        override close(code: number): void {
          super.close(code, "");
        }
      })(inner),
  ],
  [
    "keeps telling the first handlers",
    /tells the newest handlers only/,
    (inner) => {
      let isAttached = false;
      return new (class extends OddConnection {
        override attach(handlers: ConnectionHandlers): void {
          if (!isAttached) super.attach(handlers);
          isAttached = true;
        }
      })(inner);
    },
  ],
  [
    "drops what comes before handlers are there",
    /frames and a close for the first handlers/,
    (inner) => {
      inner.attach({ onFrame: () => {}, onDrain: () => {}, onClose: () => {} });
      return new OddConnection(inner);
    },
  ],
];

/** Runs the cases of such names against a transport that is not as it should be; gives the names of those that failed. */
async function failedCases(
  twist: (transport: Transport, runtime: Runtime) => Transport,
  names: RegExp = /./,
): Promise<string[]> {
  const contract = transportContract({
    name: "odd",
    create: async () => subject(twist),
    cannot: { breakConnections: "not here" },
  });
  const failed: string[] = [];
  for (const { name, skip, run } of contract.cases)
    if (skip === undefined && names.test(name)) await run().catch(() => failed.push(name));
  return failed;
}

function subject(twist: (transport: Transport, runtime: Runtime) => Transport): TransportSubject {
  const time = new VirtualTime();
  const runtime = new SimulatedRuntime(time, new SeededRandom(1), () => {});
  const network = new MemoryNetwork(runtime);
  const transport = twist(withSilence(new MemoryTransport(network, "host"), runtime), runtime);
  const clock = new TestTime(time, () => "");
  const silent = { host: "silent", port: 1 };
  return {
    runtime,
    listener: transport,
    dialer: transport,
    host: "host",
    silent,
    settle: (work) => clock.settle(work),
  };
}

/** A host called `silent` that does not answer. */
function withSilence(inner: Transport, runtime: Runtime): Transport {
  return {
    listen: (options, onConnection) => inner.listen(options, onConnection),
    dial: (address, options) => {
      if (address.host !== "silent") return inner.dial(address, options);
      return new Promise((_resolve, reject) => {
        runtime.setTimer(options.timeoutMs, () => reject(Object.assign(new Error("no answer"), { code: "timeout" })));
      });
    },
  };
}

const twisted =
  (twist: Twist) =>
  (inner: Transport, runtime: Runtime): Transport => ({
    listen: (options, onConnection) => inner.listen(options, (each) => onConnection(twist(each, runtime))),
    dial: async (address, options) => twist(await inner.dial(address, options), runtime),
  });

describe("the transport contract", () => {
  it("holds for the transport that the faults below are planted in", async () => {
    expect(await failedCases((transport) => transport)).toEqual([]);
  });

  it.each(twists)("notices a connection that %s", async (_fault, noticedBy, twist) => {
    expect(await failedCases(twisted(twist), noticedBy)).toHaveLength(1);
  });

  it.each<[string, RegExp, (inner: Transport) => Transport]>([
    [
      "does not hear of an aborted dial",
      /gives a dial up when its signal says so/,
      (inner) => ({
        listen: (options, onConnection) => inner.listen(options, onConnection),
        dial: (address, { timeoutMs }) => inner.dial(address, { timeoutMs }),
      }),
    ],
    [
      "waits longer than it may",
      /gives a dial up at its deadline/,
      (inner) => ({
        listen: (options, onConnection) => inner.listen(options, onConnection),
        dial: (address, options) => inner.dial(address, { ...options, timeoutMs: 1e6 }),
      }),
    ],
    [
      "keeps connections when its listener closes",
      /drops open connections when their listener is closed/,
      (inner) => {
        const doors = new Map<number, (connection: Connection) => void>();
        return {
          listen: async (options: PeerAddress, onConnection): Promise<Listener> => {
            const listener = await inner.listen(options, (each) => doors.get(listener.address.port)?.(each));
            doors.set(listener.address.port, onConnection);
            return { address: listener.address, close: async () => void doors.delete(listener.address.port) };
          },
          dial: (address, options) => inner.dial(address, options),
        };
      },
    ],
    [
      "says closed where nobody listens",
      /refuses dials until somebody listens/,
      (inner) => ({
        listen: (options, onConnection) => inner.listen(options, onConnection),
        dial: (address, options) =>
          inner.dial(address, options).catch(() => Promise.reject(Object.assign(new Error("no"), { code: "closed" }))),
      }),
    ],
  ])("notices a transport that %s", async (_fault, noticedBy, twist) => {
    expect(await failedCases(twist, noticedBy)).toHaveLength(1);
  });

  it("asks for what it needs or for the reason why it is not there", async () => {
    const { cases } = transportContract({
      name: "lacking",
      create: async () => {
        const { silent: _silent, ...lacking } = subject((transport) => transport);
        return lacking;
      },
    });
    const deadline = cases.find(({ name }) => name.includes("deadline"));
    await expect(deadline?.run()).rejects.toThrow("say in cannot.silent why there is none");
  });
});
