// One rule for what is a secret, whichever way it comes to a node.
import { ActorSystem, silentLog, systemRuntime } from "@foundation/actor";
import { Cluster } from "@foundation/cluster";
import { Foundation, type FoundationOptions } from "@foundation/runtime";
import { Endpoint, MemoryNetwork, MemoryTransport, type SecretInput } from "@foundation/transport";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";

const runtime = systemRuntime({ log: silentLog });
const transport = new MemoryTransport(new MemoryNetwork(runtime));
const listen = { host: "127.0.0.1", port: 0 };
const noop = (): void => {};
const handlers = { onLink: () => ({ message: noop, down: noop }) };
const good = "a secret of these tests";
const system = new ActorSystem({ name: "a", runtime });
const start = (options: FoundationOptions) => Foundation.start({ cluster: "none", logLevel: "silent", ...options });

let running: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  running = await start({ name: "running", secret: good });
});
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  await running.stop();
  await system.stop();
});

type Way = readonly [way: string, code: string, give: (secret: SecretInput) => unknown];

const endpoint = (secret: SecretInput): Endpoint =>
  new Endpoint({
    runtime,
    transport,
    identity: { cluster: "c", nodeId: "a", incarnation: 1 },
    secret,
    listen,
    handlers,
  });
const ways: readonly Way[] = [
  ["Foundation.start", "invalidOptions", async (secret) => (await start({ secret })).stop()],
  ["rotateSecret of a node", "invalidOption", (secret) => running.transport.rotateSecret(secret)],
  ["an Endpoint of its own", "invalidOption", endpoint],
  ["rotateSecret of that", "invalidOption", (secret) => endpoint(good).rotateSecret(secret)],
  [
    "a Cluster of its own",
    "invalidOption",
    (secret) => new Cluster({ system, transport, cluster: "c", secret, listen, discovery: [] }),
  ],
];

const remedy = "use 32 random bytes as hex, the same on every node";
const orSeveral = "or 1 to 4 of them in an array";
const space = "must not begin or end with white space, as the text of a file does; trim it";
/** In each, `hidden` stands for what no error may show. */
const wrong: readonly (readonly [secret: unknown, at: string, text: string])[] = [
  ["", "secret", `must have at least 16 characters, seen 0; ${remedy}`],
  ["hidden", "secret", `must have at least 16 characters, seen 6; ${remedy}`],
  ["hidden 15 letter".slice(0, 15), "secret", `must have at least 16 characters, seen 15; ${remedy}`],
  [Buffer.from("hidden"), "secret", `must have at least 16 bytes, seen 6; ${remedy}`],
  [["hidden, and long enough", "hidden"], "secret.1", `must have at least 16 characters, seen 6; ${remedy}`],
  [["hidden, and long enough", new Uint8Array(15)], "secret.1", `must have at least 16 bytes, seen 15; ${remedy}`],
  ["hidden".repeat(700), "secret", `must have at most 4096 characters, seen 4200; ${remedy}`],
  ["hidden, and long enough\n", "secret", space],
  ["\uFEFFhidden, and long enough", "secret", space],
  ["                ", "secret", space],
  [Buffer.from("hidden, and long enough\r\n"), "secret", space],
  [[], "secret", "must be 1 to 4 secrets, seen 0; give the newest first"],
  [Array(5).fill("hidden, and long enough"), "secret", "must be 1 to 4 secrets, seen 5; give the newest first"],
  [1234567890123456, "secret", `must be a string or a Uint8Array, ${orSeveral}, seen a number; ${remedy}`],
  [null, "secret", `must be a string or a Uint8Array, ${orSeveral}, seen null; ${remedy}`],
  [{ hidden: "hidden" }, "secret", `must be a string or a Uint8Array, ${orSeveral}, seen an object; ${remedy}`],
  [[["hidden, and long enough"]], "secret.0", `must be a string or a Uint8Array, seen an array of 1; ${remedy}`],
  [new Array(2), "secret.0", `is missing: must be a string or a Uint8Array; ${remedy}`],
];

describe.each(ways)("[X12] a secret that is given to %s", (_way, code, give) => {
  it.each(wrong)("is refused with what is wrong and what to do, and is not shown: %o", async (secret, at, text) => {
    const failure = await (async () => give(secret as SecretInput))().catch((error: unknown) => error);
    const message = code === "invalidOptions" ? `the options are not usable: ${at}: ${text}` : `${at}: ${text}`;
    expect(failure).toMatchObject({ code, message });
    expect(String(failure)).not.toContain("hidden");
  });

  it.each<[SecretInput]>([
    ["exactly 16 chars"],
    [new Uint8Array(16)],
    // Random bytes may end like white space.
    [Buffer.from(`${"00".repeat(15)}0a`, "hex")],
    [["a secret of these tests", Buffer.from("and bytes of another")]],
  ])("is taken when it is long enough: %o", async (secret) => {
    await give(secret);
  });
});

describe("[X12] a secret in the environment", () => {
  it.each([
    ["hidden", `FOUNDATION_SECRET: must have at least 16 characters, seen 6; ${remedy}`],
    ["hidden, and long enough", `FOUNDATION_SECRET, entry 1: must have at least 16 characters, seen 6; ${remedy}`],
    ["hidden and long enough,", `FOUNDATION_SECRET, entry 2: must have at least 16 characters, seen 0; ${remedy}`],
    ["a,b,c,d,e", "FOUNDATION_SECRET: must be 1 to 4 secrets, seen 5; give the newest first"],
    ['"hidden and long enough"', "FOUNDATION_SECRET: has quotes around it"],
  ])("follows the same rule, in the name of its variable: %j", async (text, refusal) => {
    vi.stubEnv("FOUNDATION_SECRET", text);
    const failure = await start({ name: "b" }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "invalidOptions", message: expect.stringContaining(refusal) });
    expect(String(failure)).not.toContain("hidden");
  });

  it("is the same secret as in code, whether or not its file ends with a line break", async () => {
    vi.stubEnv("FOUNDATION_SECRET", `${good}\r\n`);
    const { host, port } = running.transport.address;
    await using node = await start({ name: "b", seeds: [`${host}:${port}`] });
    await node.ready({ size: 2 });
  });
});

it("[X12] a secret that is refused leaves the one before in use", async () => {
  for (const [secret] of wrong) expect(() => running.transport.rotateSecret(secret as SecretInput)).toThrow();
  running.transport.rotateSecret(good);
  const { host, port } = running.transport.address;
  await using node = await start({ name: "c", secret: good, seeds: [`${host}:${port}`] });
  await node.ready({ size: 2 });
});
