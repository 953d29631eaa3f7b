// What a node does when its surroundings are not as they should be at its start, and what shows that no row of the table is missed.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { Foundation, type FoundationOptions, type Node } from "@foundation/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { RawSocket } from "./support/raw-socket.ts";
import { until } from "./support/until.ts";

const nodes: Node[] = [];
const secret = "the secret of these tests";

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

describe("the table of bad inputs", () => {
  it("has a test with the id of each of its rows", async () => {
    const files = (await readdir(import.meta.dirname)).filter((file) => /^security-.*\.test\.ts$/.test(file));
    const texts = await Promise.all(files.map((file) => readFile(join(import.meta.dirname, file), "utf8")));
    const rows = Array.from({ length: 37 }, (_, index) => `[B${index + 1}]`);
    expect(rows.filter((row) => !texts.some((text) => text.includes(row)))).toEqual([]);
  });
});
