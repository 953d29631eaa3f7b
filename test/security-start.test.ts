// What a node does when its surroundings are not as they should be at its start, and what shows that no row of the table is missed.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { Foundation, type FoundationOptions, type Node } from "@foundation/runtime";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { RawSocket } from "./support/raw-socket.ts";
import { until } from "./support/until.ts";

const nodes: Node[] = [];
const secret = "the secret of these tests";
let parent: string;
let directory: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "security-start-"));
  directory = join(parent, "private");
});
afterAll(() => rm(parent, { recursive: true, force: true }));

async function start(options: FoundationOptions): Promise<Node> {
  const node = await Foundation.start({ cluster: "none", secret, logLevel: "silent", ...options });
  nodes.push(node);
  return node;
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()));
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

describe("[B36] a node", () => {
  it("says so when its port is taken, and leaves nothing behind", async () => {
    const { port } = (await start({ name: "a" })).transport.address;
    for (let round = 0; round < 3; round++)
      await expect(start({ name: "b", port })).rejects.toMatchObject({ code: "addressInUse" });
    await nodes[0]?.stop();
    nodes.length = 0;
    await start({ name: "b", port });
  });

  it.runIf(hasIpv6)("lives on IPv6 alone", async () => {
    const a = await start({ name: "a", host: "::1" });
    const b = await start({ name: "b", host: "::1", seeds: [`[::1]:${a.transport.address.port}`] });
    await b.ready({ size: 2 });
    await expect(RawSocket.open({ host: "127.0.0.1", port: a.transport.address.port })).rejects.toThrow();
  });

  it("starts when its seeds have no address, and goes on trying without spinning", async () => {
    const events: string[] = [];
    const log = { debug: (event: string) => void events.push(event), info() {}, warn() {}, error() {} };
    const a = await start({ name: "a", seeds: ["no-such-host.invalid:7000"], insecure: true, log });
    await until(() => events.includes("cannot link a peer"));
    expect(a.members()).toHaveLength(1);
    // One line for the address, however often it is dialed.
    expect(events.filter((event) => event === "cannot link a peer")).toHaveLength(1);
  });

  it.skipIf(process.platform === "win32")(
    "survives running out of descriptors, and takes connections again afterwards",
    async () => {
      const child = spawn(
        "sh",
        [
          "-c",
          `ulimit -n 40 && exec "$0" "$@"`,
          process.execPath,
          "--conditions=@foundation/source",
          join(import.meta.dirname, "support/few-descriptors.ts"),
        ],
        { stdio: ["ignore", "ignore", "inherit", "ipc"] },
      );
      try {
        const { port } = await answer<{ port: number }>(child);
        const address = { host: "127.0.0.1", port };
        for (let round = 0; round < 3; round++) {
          const raws = await Promise.all(Array.from({ length: 60 }, () => RawSocket.open(address)));
          child.send("how are you?");
          expect(await answer<{ members: number }>(child)).toMatchObject({ members: 1 });
          for (const { socket } of raws) socket.destroy();
        }
        let upgraded: RawSocket | undefined;
        await until(() => {
          if (upgraded === undefined || (upgraded.isClosed && upgraded.status !== 101)) {
            upgraded = undefined;
            void RawSocket.upgraded(address).then(
              (raw) => (upgraded = raw),
              () => {},
            );
          }
          return upgraded?.status === 101;
        });
        child.send("and now?");
        expect((await answer<{ lines: number }>(child)).lines).toBeLessThan(20);
      } finally {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    },
  );
});

function answer<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as Answer));
    child.once("exit", (code, signal) => reject(new Error(`it has ended: ${code ?? signal}`)));
  });
}

describe("[B37] a node does not start with", () => {
  it.each<[object, RegExp]>([
    [{ prot: 1 }, /prot/],
    [{ port: "7000" }, /port.*seen "7000"/],
    [{ port: 65_536 }, /port.*seen 65536/],
    [{ host: "a b" }, /host/],
    [{ secret: "short" }, /secret: must have at least 16 characters/],
    [{ secret: [] }, /secret/],
    [{ secret: Array(5).fill(secret) }, /secret/],
    [{ authorize: "everybody" }, /authorize: must be a function/],
    [{ audit: true }, /audit: must be a function/],
    [{ insecure: "yes" }, /insecure/],
    [{ tls: true }, /tls/],
    [{ channels: [{ name: "control", priority: 0, messageBytesMax: 2_048, queueBytesMax: 1_024 }] }, /messageBytesMax/],
    [{ failureDetector: { suspectAfterMs: 2_000, downAfterMs: 1_000 } }, /failureDetector/],
  ])("%j", async (options, text) => {
    const failure = await start(options as FoundationOptions).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "invalidOptions", message: expect.stringMatching(text) });
    expect(String(failure)).not.toContain('"short"');
  });

  it.each<[FoundationOptions, string]>([
    [{ host: "0.0.0.0", secret }, "insecureAddress"],
    [{ advertise: { host: "192.0.2.1", port: 1 }, secret }, "insecureAddress"],
    [{ host: "0.0.0.0", secret: undefined }, "secretRequired"],
  ])("%j", async (options, code) => {
    await expect(start(options)).rejects.toMatchObject({ code });
  });
});

describe("[Y18][Y20] a host that is not loopback", () => {
  afterEach(() => vi.unstubAllEnvs());
  const name = "is a name, and of names only localhost is known to be loopback";
  const every = "stands for every address of this machine, loopback and others";
  const secretless = "the cookie file is for loopback alone: give all nodes the same secret";
  const unencrypted = "links would not be encrypted: give tls, or allow it with insecure: true";
  const unknown =
    /Cannot listen at nope\.invalid:0 \(\w+\): the name "nope.invalid" (does not resolve|cannot be looked up)/;

  it.each<[FoundationOptions, code: string, text: string | RegExp]>([
    [{ host: "nope.invalid", secret: undefined }, "addressNotAvailable", unknown],
    [{ host: "nope.invalid" }, "addressNotAvailable", unknown],
    [{ host: "nope.invalid", insecure: true }, "addressNotAvailable", unknown],
    [{ host: "0", secret: undefined }, "secretRequired", `host "0" ${every}; ${secretless}`],
    [{ host: "0" }, "insecureAddress", `host "0" ${every}; ${unencrypted}`],
    [{ host: "::", secret: undefined }, "secretRequired", `host "::" ${every}; ${secretless}`],
    [{ host: "192.0.2.1", secret: undefined }, "secretRequired", `host "192.0.2.1" is off loopback; ${secretless}`],
    [{ host: "192.0.2.1" }, "insecureAddress", `host "192.0.2.1" is off loopback; ${unencrypted}`],
    [{ host: "192.0.2.1", insecure: true }, "addressNotAvailable", "this machine has no such address"],
    [
      { host: "" },
      "invalidOptions",
      'host: must be a host name or an address, without brackets, a port or a zone, seen ""',
    ],
    [{ host: "[::1]" }, "invalidOptions", "without brackets, a port or a zone"],
    [{ host: "localhost:7480" }, "invalidOptions", "without brackets, a port or a zone"],
    [{ host: "fe80::1%eth0" }, "invalidOptions", "without brackets, a port or a zone"],
    // It is not looked up: others may know what this machine does not.
    [
      { advertise: { host: "nope.invalid" } },
      "insecureAddress",
      `advertise.host "nope.invalid" ${name}; ${unencrypted}`,
    ],
    [
      { advertise: { host: "10.0.0.5" }, secret: undefined },
      "secretRequired",
      'advertise.host "10.0.0.5" is off loopback',
    ],
    [{ advertise: { host: "::" } }, "invalidOptions", "advertise.host: stands for every address of a machine"],
    [{ advertise: { host: "[::1]" } }, "invalidOptions", "advertise.host: must be a host name or an address"],
    [{ seeds: ["[::]:7400"] }, "invalidOptions", "seeds.0: stands for every address of a machine"],
    [{ seeds: ["::1:7400"] }, "invalidOptions", "seeds.0: must be host:port"],
  ])("is said to be what it is: %j", async (options, code, text) => {
    const failure = await start(options).catch((error: unknown) => error);
    const message = typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text);
    expect(failure).toMatchObject({ code, message });
  });

  it.each([
    ["nope.invalid", "addressNotAvailable", "does not resolve|cannot be looked up"],
    ["0", "secretRequired", '^FOUNDATION_HOST "0" stands for every address'],
    ["[::1]", "invalidOptions", "FOUNDATION_HOST: must be a host name or an address"],
  ])("is named by the variable that it came from: FOUNDATION_HOST=%s", async (host, code, text) => {
    vi.stubEnv("FOUNDATION_HOST", host);
    const failure = await start({ secret: undefined }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(text) });
  });

  it.each(["127.1", "LOCALHOST", "::ffff:127.0.0.1"])("is not what %s is", async (host) => {
    if (host.includes(":") && !hasIpv6) return;
    expect((await start({ host, secret: undefined, directory })).transport.address.host).toBe(host);
  });

  it.each([
    ["nope.invalid", name],
    ["192.0.2.1", "is off loopback"],
  ])("is not dialed as a seed, which the log says: %s", async (host, what) => {
    const errors: string[] = [];
    const warn = (_event: string, fields: object = {}): void => void errors.push(JSON.stringify(fields));
    const log = { debug: () => {}, info: () => {}, warn, error: () => {} };
    await start({ seeds: [`${host}:7400`], log });
    await until(() => errors.some((text) => text.includes(`${host}:7400 ${what}; the link would not be encrypted`)));
  });
});

describe("the table of bad inputs", () => {
  it("has a test with the id of each of its rows", async () => {
    const files = (await readdir(import.meta.dirname)).filter((file) => /^security-.*\.test\.ts$/.test(file));
    const texts = await Promise.all(files.map((file) => readFile(join(import.meta.dirname, file), "utf8")));
    const rows = Array.from({ length: 37 }, (_, index) => `[B${index + 1}]`);
    expect(rows.filter((row) => !texts.some((text) => text.includes(row)))).toEqual([]);
  });
});
