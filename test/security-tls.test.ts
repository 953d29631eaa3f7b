// Slow: many nodes with TLS.
// Links over TLS: who gets in, who does not and what it is told, and how certificates and secrets change without a restart.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from "node:tls";
import { createLog, type LogEvent, systemRuntime } from "@foundation/actor";
import { type AuditEvent, Foundation, type FoundationOptions, type Node, type TlsOptions } from "@foundation/runtime";
import { type Transport, WebSocketTransport } from "@foundation/transport";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openCluster, upCount } from "./support/process-cluster.ts";
import { TestAuthority, type TestCertificateOptions } from "./support/test-certificates.ts";
import { until } from "./support/until.ts";

const secret = "a secret of these tests";
let authority: TestAuthority;
let nodes: Node[];

beforeAll(() => {
  authority = new TestAuthority();
});
beforeEach(() => {
  nodes = [];
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
});

/** Starts a node that finds nobody by itself. */
async function start(name: string, options: FoundationOptions = {}): Promise<Node> {
  const node = await Foundation.start({ name, cluster: "none", secret, logLevel: "silent", ...options });
  nodes.push(node);
  return node;
}

/** A node with a certificate of its own, and what it has to say about security. */
async function audited(name: string, options: FoundationOptions = {}): Promise<[Node, AuditEvent[]]> {
  const events: AuditEvent[] = [];
  const node = await start(name, { tls: tls(name), audit: (event) => void events.push(event), ...options });
  return [node, events];
}

function tls(name: string, options?: TestCertificateOptions): TlsOptions {
  return { ...authority.node(name, "default", options), ca: authority.ca };
}

/** Starts a node of somebody who does not care whether its certificate is any good: a node would refuse to start. */
async function impostor(name: string, certificate: TlsOptions): Promise<Node> {
  const transport = new WebSocketTransport({ runtime: systemRuntime(), tls: certificate });
  const careless: Transport = {
    listen: (...accepting) => transport.listen(...accepting),
    dial: (...dialed) => transport.dial(...dialed),
    tls: { requireClientCertificate: true, checkFilesMs: 0, load: async () => transport.tls?.load(() => {}) },
  };
  return start(name, { transport: careless });
}

/** What becomes of a dial from one node to another. */
async function dial(from: Node, to: Node): Promise<{ code: string; message: string }> {
  return from.transport.connect(to.transport.address).then(
    () => ({ code: "linked", message: "" }),
    ({ code, message }) => ({ code, message }),
  );
}

const rejected = (text: RegExp) => ({ code: "certificateRejected", message: expect.stringMatching(text) });
const refusals = (events: readonly AuditEvent[]) => events.filter((event) => event.kind === "refused");

describe("[T9] nodes with certificates of one authority", () => {
  it("are linked, with each other's certificate at hand", async () => {
    const [a, events] = await audited("a");
    const b = await start("b", { tls: tls("b") });
    expect((await dial(b, a)).code).toBe("linked");
    await b.ready({ size: 2 });
    await until(() => events.filter(({ kind }) => kind === "accepted").length === 2);
    expect(events[0]).toMatchObject({ kind: "tlsLoaded", certificate: { uris: ["foundation://default/a"] } });
    expect(events[1]).toMatchObject({ kind: "accepted", nodeId: "b", isEncrypted: true, subject: "CN=b" });
  });

  it("may be named by DNS, or be any node of their cluster", async () => {
    const a = await start("a", { tls: tls("a", { uris: [], dns: ["other", "a"] }) });
    const b = await start("b", { tls: tls("b", { uris: ["foundation://default/*"] }) });
    expect((await dial(b, a)).code).toBe("linked");
    expect((await dial(a, b)).code).toBe("linked");
  });

  it("do not speak with those without TLS, in either direction, and say what to do", async () => {
    const [a, events] = await audited("a");
    const b = await start("b");
    expect(await dial(b, a)).toMatchObject({ code: "unreachable", message: expect.stringContaining("tls") });
    expect(await dial(a, b)).toMatchObject({ code: "protocol", message: expect.stringContaining("tls") });
    expect(refusals(events)).toMatchObject([{ code: 4400, reason: "TLS: ERR_SSL_HTTP_REQUEST" }]);
    expect([...a.transport.links(), ...b.transport.links()]).toEqual([]);
  });

  it("may leave loopback without insecure: true", async () => {
    const a = await start("a", { tls: tls("a"), host: "0.0.0.0", advertise: { host: "127.0.0.1", port: 1 } });
    expect(a.members()).toHaveLength(1);
  });

  it("speak TLS 1.3 and nothing older", async () => {
    const [a] = await audited("a");
    expect(await tlsDial(a, { ...authority.node("b"), maxVersion: "TLSv1.2" })).toMatch(/PROTOCOL_VERSION/);
  });
});

/** What a bare TLS client gets to see: the answer, or the code of the error. */
function tlsDial(to: Node, options: object): Promise<string> {
  return new Promise((resolve) => {
    const { address } = to.transport;
    const socket = connectTls({ ...address, ca: authority.ca, checkServerIdentity: () => undefined, ...options });
    let answer = "";
    socket.on("data", (data) => {
      answer += data.toString("latin1");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
    socket.on("close", () => resolve(answer));
  });
}

describe("[T9] whoever dials or is dialed is refused on both sides when its certificate", () => {
  it("is another authority's", async () => {
    const [a, events] = await audited("a");
    const b = await start("b", { tls: { ...new TestAuthority().node("b"), ca: authority.ca } });
    expect(await dial(b, a)).toEqual(rejected(/does not accept.*no authority/));
    expect(await dial(a, b)).toEqual(rejected(/no authority of tls\.ca has signed it/));
    expect(refusals(events)).toMatchObject([{ code: 403 }]);
  });

  it("does not fit in any way, and its node says so, once a minute", async () => {
    const a = await start("a", { tls: tls("a") });
    const logged: LogEvent[] = [];
    await start("b", {
      tls: { ...new TestAuthority().node("b"), ca: authority.ca },
      seeds: [`127.0.0.1:${a.transport.address.port}`],
      log: createLog((event) => void logged.push(event)),
    });
    const lines = () => logged.filter(({ event }) => event === "cannot link a peer");
    await until(() => a.transport.stats().refusedConnections >= 3);
    expect(lines()).toMatchObject([{ level: "warn", fields: { code: "certificateRejected" } }]);
  });

  it("has expired", async () => {
    const [a, events] = await audited("a");
    const b = await impostor("b", tls("b", { validTo: new Date(Date.now() - 60_000) }));
    expect(await dial(b, a)).toEqual(rejected(/expired; renew it/));
    expect(await dial(a, b)).toEqual(rejected(/expired; renew it/));
    expect(refusals(events)).toMatchObject([{ code: 403 }]);
  });

  it("is not valid yet", async () => {
    const [a] = await audited("a");
    const b = await impostor("b", tls("b", { validFrom: new Date(Date.now() + 60_000) }));
    expect(await dial(b, a)).toEqual(rejected(/not valid yet; check the clocks/));
    expect(await dial(a, b)).toEqual(rejected(/not valid yet; check the clocks/));
  });

  it.each<[string, TestCertificateOptions]>([
    ["names another node", { uris: ["foundation://default/c"] }],
    ["names a node of another cluster", { uris: ["foundation://elsewhere/b"], dns: ["b"] }],
    ["names nobody", { uris: [] }],
    ["hides a name within another", { uris: [], dns: ['x, DNS:b, "', "x, DNS:b, y", "x\\u002c DNS:b"] }],
    ["has a wildcard", { uris: ["foundation://*/b", "foundation://default/b*"], dns: ["*"] }],
  ])("%s", async (_what, names) => {
    const [a, events] = await audited("a");
    const b = await impostor("b", tls("b", names));
    // The initiator is the first to see the other's certificate in a hello; it is b's own check that fails for its own node.
    expect(await dial(b, a)).toEqual(rejected(/another node's/));
    await until(() => refusals(events).length === 1);
    expect(refusals(events)).toMatchObject([{ code: 4402, claimedId: "b" }]);
    expect(await dial(a, b)).toEqual(rejected(/another node's/));
  });

  it("is missing", async () => {
    const [a, events] = await audited("a");
    expect(await tlsDial(a, {})).toMatch(/^HTTP\/1\.1 403 Forbidden\r\nFoundation-Certificate: NO_CERTIFICATE\r\n/);
    expect(refusals(events)).toMatchObject([{ code: 403, claimedId: undefined }]);
  });
});

describe("where no certificate is required of those that dial", () => {
  it("the secret alone lets them in", async () => {
    const lenient = { ...tls("a"), requireClientCertificate: false };
    const [a, events] = await audited("a", { tls: lenient });
    const b = await start("b", { tls: { ...new TestAuthority().node("b"), ca: authority.ca } });
    expect((await dial(b, a)).code).toBe("linked");
    await until(() => events.some(({ kind }) => kind === "accepted"));
    expect(events.find(({ kind }) => kind === "accepted")).toMatchObject({ isEncrypted: true, subject: undefined });
  });
});

describe("a relay between two nodes that has a certificate for every name", () => {
  it("is refused by both: the proofs are bound to their TLS sessions", async () => {
    const [a, events] = await audited("a");
    const b = await start("b", { tls: tls("b") });
    const universal = { ...authority.certificate("relay", { uris: ["foundation://default/*"] }), ca: authority.ca };
    const relay = createTlsServer(
      { ...universal, requestCert: true, rejectUnauthorized: false },
      (client: TLSSocket) => {
        const server = connectTls({ ...a.transport.address, ...universal, checkServerIdentity: () => undefined });
        client.pipe(server).pipe(client);
        client.on("error", () => server.destroy());
        server.on("error", () => client.destroy());
      },
    );
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    const { port } = relay.address() as { port: number };
    await expect(b.transport.connect({ host: "127.0.0.1", port })).rejects.toMatchObject({ code: "unauthenticated" });
    expect(refusals(events)).toMatchObject([{ code: 4401, claimedId: "b" }]);
    await new Promise((resolve) => relay.close(resolve));
  });
});

describe("[B37] a node does not start with a certificate", () => {
  it.each<[string, () => object, RegExp]>([
    [
      "that is none",
      () => ({ ...tls("a"), cert: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" }),
      /cert/,
    ],
    ["that has another key", () => ({ ...tls("a"), key: tls("b").key }), /key/],
    [
      "whose file is not there",
      () => ({ ...tls("a"), cert: "/nowhere/cert.pem" }),
      /tls\.cert: "\/nowhere\/cert\.pem" .*ENOENT/,
    ],
    [
      "whose file is named from the wrong folder",
      () => ({ ...tls("a"), key: "keys/a.key" }),
      /tls\.key: "\/.*\/keys\/a\.key" .*ENOENT/,
    ],
    [
      "and a key without its first line, which is not shown",
      () => ({ ...tls("a"), key: "MHcCAQEE/A==" }),
      /^(?!.*MHc).*ENOENT/,
    ],
    ["that has expired", () => tls("a", { validTo: new Date(Date.now() - 60_000) }), /expired at 20/],
    ["of another node", () => tls("b"), /names URI:foundation:\/\/default\/b and not this node.*default\/a/],
    ["of another cluster", () => ({ ...tls("a"), ...authority.node("a", "elsewhere") }), /not this node/],
    [
      "and a revocation list that is none",
      () => ({ ...tls("a"), crl: authority.ca }),
      /tls\.crl: it holds CERTIFICATE and not a revocation list/,
    ],
    ["and revocation lists that are not there", () => ({ ...tls("a"), crl: ["/nowhere"] }), /tls\.crl.*ENOENT/],
    ["and a broken authority", () => ({ ...tls("a"), ca: ["-----BEGIN CERTIFICATE-----"] }), /ca/],
  ])("%s", async (_what, options, text) => {
    const failure = await start("a", { tls: options() as TlsOptions }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "invalidTls", message: expect.stringMatching(text) });
    expect(String(failure)).not.toContain("PRIVATE");
  });

  it.each<[object, RegExp]>([
    [{ insecure: true }, /insecure: contradicts tls/],
    [{ tls: { cert: "x", key: "-----BEGIN PRIVATE KEY-----", ca: "x", cn: 1 } }, /cn/],
    [{ tls: { cert: "x", ca: "x" } }, /tls\.key: is missing: must be PEM text, or the path of a file$/],
    [
      { tls: { cert: "x", key: "x" } },
      /tls\.ca: is missing: must be PEM text, or the path of a file, or 1 to 64 of them/,
    ],
    [{ tls: { cert: "x", key: "x", ca: "x", checkFilesMs: 1 } }, /checkFilesMs/],
  ])("and contradicting options: %j", async (options, text) => {
    const failure = await start("a", { tls: tls("a"), ...options } as FoundationOptions).catch((error) => error);
    expect(failure).toMatchObject({ code: "invalidOptions", message: expect.stringMatching(text) });
    expect(String(failure)).not.toContain("PRIVATE KEY");
  });
});

describe("a first certificate that cannot be used", () => {
  it("fails the start, and is not said to be a failed renewal", async () => {
    const events: LogEvent[] = [];
    const log = createLog((event) => void events.push(event));
    await expect(start("a", { log, tls: { ...tls("a"), cert: "/nowhere/cert.pem" } })).rejects.toThrow(
      "cannot be read",
    );
    expect(events.map(({ event }) => event)).toEqual(["node starts", expect.stringMatching(/^finds no peers/)]);
  });
});

describe("[T9] certificates change without a restart", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "foundation-tls-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function write({ cert, key }: { cert: string; key: string }): Promise<void> {
    await writeFile(join(directory, "cert.pem"), cert);
    await writeFile(join(directory, "key.pem"), key);
  }
  const files = () => ({ cert: join(directory, "cert.pem"), key: join(directory, "key.pem") });
  const loaded = (events: readonly AuditEvent[]) => events.filter(({ kind }) => kind === "tlsLoaded");

  it("when told to: links stay, new ones see the new certificate", async () => {
    await write(authority.node("a"));
    const [a, events] = await audited("a", { tls: { ...files(), ca: authority.ca } });
    const [b, seen] = await audited("b");
    await dial(b, a);
    const link = a.transport.link("b");
    await write(authority.node("a"));
    await a.transport.reloadTls();
    await a.transport.reloadTls();
    expect(loaded(events)).toHaveLength(2);
    expect(a.transport.link("b")).toBe(link);
    expect(link?.isOpen).toBe(true);
    const c = await start("c", { tls: tls("c") });
    expect([(await dial(c, a)).code, (await dial(a, b)).code]).toEqual(["linked", "linked"]);
    expect(seen.filter(({ kind }) => kind === "refused")).toEqual([]);
  });

  it("to those of another authority, while both are trusted", async () => {
    const next = new TestAuthority("the next authority");
    await write(authority.node("a"));
    const both = [authority.ca, next.ca];
    const [a] = await audited("a", { tls: { ...files(), ca: both } });
    const b = await start("b", { tls: { ...next.node("b"), ca: both } });
    expect((await dial(b, a)).code).toBe("linked");
    await write(next.node("a"));
    await a.transport.reloadTls();
    const c = await start("c", { tls: { ...next.node("c"), ca: next.ca } });
    expect((await dial(c, a)).code).toBe("linked");
  });

  it("not to what cannot be used: that is told, and the old one stays in use", async () => {
    await write(authority.node("a"));
    const [a, events] = await audited("a", { tls: { ...files(), ca: authority.ca } });
    await writeFile(join(directory, "key.pem"), authority.node("a").key);
    await expect(a.transport.reloadTls()).rejects.toMatchObject({ code: "invalidTls" });
    await write(authority.node("other"));
    await expect(a.transport.reloadTls()).rejects.toMatchObject({ code: "invalidTls" });
    expect(events.filter(({ kind }) => kind === "tlsReloadFailed")).toHaveLength(2);
    const b = await start("b", { tls: tls("b") });
    expect((await dial(b, a)).code).toBe("linked");
  });

  it("when one of them is revoked: new connections are refused on both sides, links stay until somebody ends them", async () => {
    const list = join(directory, "crl.pem");
    await writeFile(list, authority.revocations([]));
    const a = await start("a", { tls: { ...tls("a"), crl: list } });
    const stolen = tls("b");
    const b = await start("b", { tls: stolen });
    const c = await start("c", { tls: tls("c") });
    expect([(await dial(b, a)).code, (await dial(c, a)).code]).toEqual(["linked", "linked"]);
    // A file may hold the lists of several authorities.
    await writeFile(list, new TestAuthority("another").revocations([]) + authority.revocations([stolen.cert]));
    await a.transport.reloadTls();
    expect(a.transport.link("b")?.isOpen).toBe(true);
    a.transport.link("b")?.close(4402, "revoked");
    await until(() => b.transport.link("a") === undefined);
    expect(await dial(b, a)).toEqual(rejected(/does not accept.*was revoked/));
    expect(await dial(a, b)).toEqual(rejected(/was revoked/));
    expect(a.transport.link("c")?.isOpen).toBe(true);
    expect((await dial(await start("d", { tls: tls("d") }), a)).code).toBe("linked");
  });

  it.each<[string, (authority: TestAuthority) => string, RegExp]>([
    ["that has expired", (of) => of.revocations([], new Date(Date.now() - 60_000)), /list.*has expired/],
    ["of another authority", () => new TestAuthority("another").revocations([]), /holds no list of its authority/],
  ])("lets nobody in by a revocation list %s", async (_what, list, text) => {
    const a = await start("a", { tls: { ...tls("a"), crl: list(authority) } });
    const b = await start("b", { tls: tls("b") });
    expect(await dial(b, a)).toEqual(rejected(text));
    expect(await dial(a, b)).toEqual(rejected(text));
  });

  it("when their files do", async () => {
    await write(authority.node("a"));
    const [, events] = await audited("a", { tls: { ...files(), ca: authority.ca, checkFilesMs: 100 } });
    await write(authority.node("a"));
    await until(() => loaded(events).length === 2);
  });

  it("only where there are any", async () => {
    const a = await start("a");
    await expect(a.transport.reloadTls()).rejects.toMatchObject({ code: "invalidTls" });
  });
});

describe("[T9] the secret changes without a restart", () => {
  const [old, next] = ["the old secret of these tests", "the next secret of these tests"];

  it("while links stay; those with the old one alone are strangers afterwards", async () => {
    const [a, events] = await audited("a", { secret: old });
    const b = await start("b", { secret: old, tls: tls("b") });
    expect((await dial(b, a)).code).toBe("linked");
    const link = a.transport.link("b");
    for (const node of [a, b]) node.transport.rotateSecret([old, next]);
    for (const node of [a, b]) node.transport.rotateSecret([next, old]);
    const late = await start("c", { secret: old, tls: tls("c") });
    expect((await dial(late, a)).code).toBe("linked");
    for (const node of [a, b]) node.transport.rotateSecret(next);
    expect((await dial(await start("d", { secret: old, tls: tls("d") }), a)).code).toBe("unauthenticated");
    expect((await dial(await start("e", { secret: [next, old], tls: tls("e") }), a)).code).toBe("linked");
    expect(a.transport.link("b")).toBe(link);
    const replaced = events.filter(({ kind }) => kind === "secretsReplaced");
    expect(replaced).toEqual([2, 2, 1].map((count) => ({ kind: "secretsReplaced", count })));
    expect(JSON.stringify(events)).not.toContain(next);
  });

  it("not to none, an empty one, or more than four", async () => {
    const a = await start("a");
    for (const bad of [[], "", ["", next], [old, old, old, old, old]]) {
      expect(() => a.transport.rotateSecret(bad)).toThrow(expect.objectContaining({ code: "invalidOption" }));
    }
    expect((await dial(await start("b"), a)).code).toBe("linked");
  });
});

describe("rules of one's own", () => {
  it("decide by id, certificate and channel; a denial is told with its reason", async () => {
    const asked: unknown[] = [];
    const [a, events] = await audited("a", {
      authorize: ({ peer, channel, certificate, isProved }) => {
        asked.push([peer.nodeId, channel, certificate?.uris, isProved]);
        return peer.nodeId === "b" ? true : { deny: `${peer.nodeId} is not on the list` };
      },
    });
    const [b, c] = [await start("b", { tls: tls("b") }), await start("c", { tls: tls("c") })];
    expect((await dial(b, a)).code).toBe("linked");
    expect(await dial(c, a)).toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("c is not on the list"),
    });
    expect(await dial(a, c)).toMatchObject({ code: "forbidden", message: expect.stringContaining("not on the list") });
    expect(refusals(events)).toMatchObject([{ code: 4407, claimedId: "c" }]);
    expect(asked).toContainEqual(["b", "control", ["foundation://default/b"], true]);
    expect(asked).toContainEqual(["c", "control", ["foundation://default/c"], false]);
    await until(() => asked.some((one) => (one as unknown[])[1] === "gossip"));
  });

  it.each<[string, () => unknown]>([
    [
      "throw",
      () => {
        throw new Error("broken");
      },
    ],
    ["reject", () => Promise.reject(new Error("broken"))],
    ["decide nothing", () => undefined],
    ["say yes in other words", () => ({ allow: true })],
  ])("that %s deny", async (_what, authorize) => {
    const a = await start("a", { authorize: authorize as () => true });
    expect((await dial(await start("b"), a)).code).toBe("forbidden");
  });
});

describe("[T9] processes", () => {
  it("are one cluster over TLS; one with another authority's certificate is never a member", async () => {
    await using cluster = await openCluster();
    const names = ["a", "b", "c"];
    for (const name of names) await cluster.start(name, { tls: tls(name), secret });
    const [a, b, c] = names.map((name) => cluster.get(name));
    await a?.call("ready", 3);
    await b?.call("singleton", "probe");
    await cluster.waitUntil("c knows the name", () => c?.call("owner", "probe"));
    expect((await c?.call("count", "probe"))?.count).toBe(1);
    const outsider = await cluster.start("x", { tls: { ...new TestAuthority().node("x"), ca: authority.ca }, secret });
    for (const name of names)
      expect(await outsider.call("dial", cluster.get(name).address)).toBe("certificateRejected");
    expect(await a?.call("dial", outsider.address)).toBe("certificateRejected");
    expect(await upCount(outsider)).toBe(1);
    for (const node of [a, b, c]) expect(node && (await upCount(node))).toBe(3);
  });
});
