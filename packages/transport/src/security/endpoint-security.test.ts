import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { codeOf, type TestEndpoint, TestNetwork, until } from "../testing/test-endpoint.ts";
import type { AuditEvent } from "./audit.ts";

const [old, next] = ["the old secret of these tests", "the next secret of these tests"];

describe.each(["memory", "websocket"] as const)("the security of endpoints over %s", (kind) => {
  let network: TestNetwork;

  beforeEach(() => {
    network = new TestNetwork(kind);
  });
  afterEach(() => network.stop());

  async function relink(from: TestEndpoint, to: TestEndpoint): Promise<string> {
    for (const link of from.endpoint.links()) link.close(1000, "again");
    for (const link of to.endpoint.links()) link.close(1000, "again");
    return codeOf(from.endpoint.connect(to.endpoint.address));
  }

  test("lets the secret change node by node, in three steps, with links between all of them at any time [T9]", async () => {
    const all = [];
    for (const name of ["a", "b", "c"]) all.push(await network.start(name, { secret: old }));
    for (const secret of [[old, next], [next, old], [next]]) {
      for (const { endpoint } of all) {
        endpoint.rotateSecret(secret);
        for (const from of all) for (const to of all) if (from !== to) expect(await relink(from, to)).toBe("no error");
      }
    }
    const outsider = await network.start("d", { secret: old });
    expect(await relink(outsider, all[0] as TestEndpoint)).toBe("unauthenticated");
  });

  test("answers in the secret with which it was addressed, so that two steps are enough where all are dialed", async () => {
    const [a, b] = [await network.start("a", { secret: old }), await network.start("b", { secret: [next, old] })];
    expect(await relink(a, b)).toBe("no error");
    expect(await relink(b, a)).toBe("unauthenticated");
  });

  test("denies what was not decided until the handshake's deadline, and holds nobody else up", async () => {
    const asked: string[] = [];
    const a = await network.start("a", {
      handshakeTimeoutMs: 200,
      authorize: ({ peer: { nodeId } }) => {
        asked.push(nodeId);
        return nodeId === "b" ? new Promise<true>(() => {}) : true;
      },
    });
    const [b, c] = [await network.start("b"), await network.start("c")];
    const slow = codeOf(b.endpoint.connect(a.endpoint.address));
    await until(() => asked.length === 1);
    expect(await codeOf(c.endpoint.connect(a.endpoint.address))).toBe("no error");
    expect(await slow).toBe("forbidden");
    expect(await codeOf(a.endpoint.connect(b.endpoint.address))).toBe("timeout");
  });

  test("asks again about a link that was made while the rules took their time", async () => {
    const waiting: (() => void)[] = [];
    const a = await network.start("a", {
      authorize: () => new Promise<true>((resolve) => waiting.push(() => resolve(true))),
    });
    const b = await network.start("b");
    const dialing = Promise.all([b.endpoint.connect(a.endpoint.address), a.endpoint.connect(b.endpoint.address)]);
    await until(() => waiting.length >= 1);
    const releaseAll = setInterval(() => waiting.splice(0).forEach((release) => void release()), 5);
    const links = await dialing;
    clearInterval(releaseAll);
    expect(links.map((link) => link.peer.nodeId).sort()).toEqual(["a", "b"]);
    expect([[...a.endpoint.links()].length, [...b.endpoint.links()].length]).toEqual([1, 1]);
  });

  test("gives up on a peer that leaves while the rules take their time", async () => {
    const asked: string[] = [];
    const a = await network.start("a", {
      authorize: ({ peer }) => {
        asked.push(peer.nodeId);
        return new Promise<true>(() => {});
      },
    });
    const b = await network.start("b");
    const dialing = codeOf(b.endpoint.connect(a.endpoint.address));
    await until(() => asked.length === 1);
    await b.endpoint.close();
    expect(await dialing).toBe("closed");
    await until(() => a.endpoint.stats().refusedConnections === 1);
    expect(a.links).toEqual([]);
  });

  test("reports whom it dialed and did not want: by the rules here, or without a proof", async () => {
    const events: AuditEvent[] = [];
    const a = await network.start("a", {
      audit: (event) => void events.push(event),
      authorize: ({ peer, isProved }) => isProved || peer.nodeId !== "b" || { deny: "not b" },
    });
    const [b, c] = [await network.start("b"), await network.start("c", { cluster: "another" })];
    expect(await codeOf(a.endpoint.connect(b.endpoint.address))).toBe("forbidden");
    expect(await codeOf(a.endpoint.connect(c.endpoint.address))).toBe("wrongCluster");
    expect(await codeOf(a.endpoint.connect(a.endpoint.address))).toBe("self");
    // The dial to c was refused by c, and the one to itself is no news.
    expect(a.endpoint.stats().refusedConnections).toBe(1);
    expect(events.filter(({ kind }) => kind === "refused")).toEqual([
      {
        kind: "refused",
        remoteHost: "127.0.0.1",
        code: 4407,
        reason: "not b",
        claimedId: "b",
        initiatedHere: true,
        notReported: 0,
      },
    ]);
  });

  test("reports one refusal a minute for each host, and how many it left out", async () => {
    const events: AuditEvent[] = [];
    const a = await network.start("a", { audit: (event) => void events.push(event) });
    const outsider = await network.start("d", { secret: old });
    for (let round = 0; round < 5; round++) await codeOf(outsider.endpoint.connect(a.endpoint.address));
    await until(() => a.endpoint.stats().refusedConnections === 5);
    expect(events).toMatchObject([
      { kind: "refused", code: 4401, claimedId: "d", remoteHost: "127.0.0.1", notReported: 0 },
    ]);
  });
});
