import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { codeOf, type TestEndpoint, TestNetwork, until } from "../testing/test-endpoint.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe.each(["memory", "websocket"] as const)("an endpoint over %s", (kind) => {
  let network: TestNetwork;
  beforeEach(() => {
    network = new TestNetwork(kind);
  });
  afterEach(() => network.stop());

  async function pair(): Promise<[TestEndpoint, TestEndpoint]> {
    const a = await network.start("a");
    const b = await network.start("b");
    await a.endpoint.connect(b.endpoint.address);
    await until(() => b.links.length === 1);
    return [a, b];
  }

  test("links up and tells both sides who is there", async () => {
    const a = await network.start("a", { incarnation: 7 });
    const b = await network.start("b", { incarnation: 9 });
    const link = await a.endpoint.connect(b.endpoint.address);
    expect(link.peer).toEqual({ nodeId: "b", incarnation: 9, address: b.endpoint.address });
    expect(link.initiatedHere).toBe(true);
    await until(() => b.links.length === 1);
    expect(b.links[0]?.peer).toEqual({ nodeId: "a", incarnation: 7, address: a.endpoint.address });
    expect(b.links[0]?.initiatedHere).toBe(false);
    expect(await a.endpoint.connect(b.endpoint.address)).toBe(link);
    expect(a.endpoint.link("b")).toBe(link);
    expect(a.links).toHaveLength(1);
  });

  test("keeps the order of each channel, in both directions, small and large messages mixed [T7]", async () => {
    const [a, b] = await pair();
    const sizes = [1, 100, 70_000, 5, 300_000, 65_536, 65_537, 0, 4096];
    const expected: string[] = [];
    for (let round = 0; round < 20; round++) {
      for (const [index, size] of sizes.entries()) {
        const text = `${round}.${index}.`.padEnd(size, "x");
        expected.push(text);
        for (const channel of ["control", "data"]) {
          a.links[0]?.send(channel, bytes(text));
          b.links[0]?.send(channel, bytes(text));
        }
      }
    }
    for (const side of [a, b]) {
      await until(
        () => side.received.length === expected.length * 2,
        () => side.received.length,
      );
      expect(side.texts("control")).toEqual(expected);
      expect(side.texts("data")).toEqual(expected);
    }
  });

  test("carries messages of 5 MB unchanged", async () => {
    const [a, b] = await pair();
    const large = Buffer.alloc(5_000_000, 0);
    for (let i = 0; i < large.length; i += 4) large.writeUInt32LE((i * 2_654_435_761) >>> 0, i);
    const copy = Buffer.from(large);
    a.links[0]?.send("data", large);
    large.fill(0); // the bytes were copied in the call
    await until(() => b.received.length === 1);
    expect(b.received[0]?.message.equals(copy)).toBe(true);
  });

  test("opens a channel on first use, from the side that dialed and from the other", async () => {
    const [a, b] = await pair();
    b.links[0]?.send("telemetry", bytes("from b"));
    a.links[0]?.send("events", bytes("from a"));
    await until(() => a.received.length === 1 && b.received.length === 1);
    expect(a.texts("telemetry")).toEqual(["from b"]);
    expect(b.texts("events")).toEqual(["from a"]);
    b.links[0]?.send("events", bytes("back"));
    await until(() => a.received.length === 2);
    expect(a.texts("events")).toEqual(["back"]);
  });

  test("refuses what a channel cannot hold, with nothing sent [T1]", async () => {
    const channels = [{ name: "control", priority: 0, queueBytesMax: 10_000, messageBytesMax: 10_000 }];
    const a = await network.start("a", { channels });
    const b = await network.start("b", { channels });
    const link = await a.endpoint.connect(b.endpoint.address);
    const message = new Uint8Array(1000);
    let accepted = 0;
    let code = "";
    while (!code) {
      try {
        link.send("control", message);
        accepted += 1;
      } catch (error) {
        code = (error as { code: string }).code;
      }
    }
    expect(code).toBe("overloaded");
    // The first two of a turn leave at once.
    expect(accepted).toBe(2 + 9);
    expect(() => link.send("control", new Uint8Array(10_001))).toThrow(
      expect.objectContaining({ code: "messageTooLarge" }),
    );
    expect(() => link.send("data", message)).toThrow(expect.objectContaining({ code: "unknownChannel" }));
    await until(() => b.received.length === accepted);
    link.send("control", bytes("again"));
    await until(() => b.received.length === accepted + 1);
  });

  test("makes one link of simultaneous dials, every time", async () => {
    for (let round = 0; round < 40; round++) {
      const a = await network.start(`a${round}`);
      const b = await network.start(`b${round}`);
      const [toB, toA] = await Promise.all([
        a.endpoint.connect(b.endpoint.address),
        b.endpoint.connect(a.endpoint.address),
      ]);
      expect(toB.isOpen && toA.isOpen).toBe(true);
      expect(toB.initiatedHere).toBe(!toA.initiatedHere);
      expect([...a.endpoint.links()]).toEqual([toB]);
      expect([...b.endpoint.links()]).toEqual([toA]);
      toB.send("control", bytes("ping"));
      toA.send("data", bytes("pong"));
      await until(() => a.received.length === 1 && b.received.length === 1);
      expect([a.links.length, b.links.length, a.downs.length, b.downs.length]).toEqual([1, 1, 0, 0]);
      await Promise.all([a.endpoint.close(), b.endpoint.close()]);
    }
  });

  test("refuses another secret on both sides [B13]", async () => {
    const a = await network.start("a", { secret: "one secret of the tests" });
    const b = await network.start("b", { secret: "another secret of the tests" });
    expect(await codeOf(a.endpoint.connect(b.endpoint.address))).toBe("unauthenticated");
    expect([a.links.length, b.links.length]).toEqual([0, 0]);
    await until(() => b.endpoint.stats().refusedConnections === 1);
    expect(JSON.stringify(network.logged)).not.toContain("another secret");
  });

  test("refuses another cluster [B12]", async () => {
    const a = await network.start("a", { cluster: "one" });
    const b = await network.start("b", { cluster: "two" });
    expect(await codeOf(a.endpoint.connect(b.endpoint.address))).toBe("wrongCluster");
    expect(b.links).toHaveLength(0);
  });

  test("refuses to dial itself, a node of its own id, and nobody", async () => {
    const a = await network.start("a");
    expect(await codeOf(a.endpoint.connect(a.endpoint.address))).toBe("self");
    const impostor = await network.start("a", { incarnation: 2 });
    expect(await codeOf(a.endpoint.connect(impostor.endpoint.address))).toBe("duplicateNode");
    expect(await codeOf(a.endpoint.connect({ host: "127.0.0.1", port: 1 }))).toBe("connectionRefused");
  });

  test("[Y17] tells a node of its own id that began in the same millisecond from itself", async () => {
    const [one, two] = [await network.start("twin"), await network.start("twin")];
    expect(await codeOf(one.endpoint.connect(two.endpoint.address))).toBe("duplicateNode");
    expect(await codeOf(two.endpoint.connect(one.endpoint.address))).toBe("duplicateNode");
    expect(await codeOf(two.endpoint.connect(two.endpoint.address))).toBe("self");
  });

  test("refuses a second node of one id and incarnation while the first is alive [B17]", async () => {
    const [a, b] = await pair();
    const second = await network.start("a");
    expect(await codeOf(second.endpoint.connect(b.endpoint.address))).toBe("duplicateNode");
    expect(await codeOf(b.endpoint.connect(second.endpoint.address))).toBe("duplicateNode");
    expect(a.links[0]?.isOpen).toBe(true);
    expect(b.links).toHaveLength(1);
  });

  test("replaces the link of an older incarnation and refuses that incarnation afterwards [B18]", async () => {
    const [a, b] = await pair();
    const newer = await network.start("a", { incarnation: 2, advertise: a.endpoint.address });
    await newer.endpoint.connect(b.endpoint.address);
    await until(() => b.links.length === 2 && a.downs.length === 1);
    expect(b.downs).toEqual([{ link: b.links[0], reason: { kind: "superseded", incarnation: 2 } }]);
    expect(a.downs[0]?.reason).toMatchObject({ kind: "closed", code: 4409 });
    expect(b.endpoint.link("a")).toBe(b.links[1]);
    expect(await codeOf(a.endpoint.connect(b.endpoint.address))).toBe("declaredDead");
  });

  test("refuses a newer incarnation at another address while the first one is linked [B17]", async () => {
    const [a, b] = await pair();
    const impostor = await network.start("a", { incarnation: 2 });
    expect(await codeOf(impostor.endpoint.connect(b.endpoint.address))).toBe("duplicateNode");
    expect(await codeOf(b.endpoint.connect(impostor.endpoint.address))).toBe("duplicateNode");
    expect(b.endpoint.link("a")).toBe(b.links[0]);
    a.links[0]?.close(1000, "leaves");
    await until(() => b.endpoint.link("a") === undefined);
    await impostor.endpoint.connect(b.endpoint.address);
    expect(b.endpoint.link("a")?.peer.incarnation).toBe(2);
  });

  test("refuses peers that are not admitted, in both directions", async () => {
    const admit = () => ({ code: 4410, reason: "declared dead" });
    const a = await network.start("a");
    const b = await network.start("b", { admit });
    expect(await codeOf(a.endpoint.connect(b.endpoint.address))).toBe("declaredDead");
    expect(await codeOf(b.endpoint.connect(a.endpoint.address))).toBe("declaredDead");
  });

  test("is told of a later life of its own that is over, whoever dials, and is welcome after it has rejoined", async () => {
    let newest = 7;
    const admit = ({ incarnation }: { incarnation: number }) =>
      incarnation > newest ? undefined : { code: 4410, reason: "was here already", outlivedBy: newest };
    const a = await network.start("a");
    const b = await network.start("b", { admit });
    expect(await codeOf(a.endpoint.connect(b.endpoint.address))).toBe("declaredDead");
    expect(a.outlived).toEqual([7]);
    newest = 8;
    expect(await codeOf(b.endpoint.connect(a.endpoint.address))).toBe("declaredDead");
    await until(() => a.outlived.length === 2);
    expect(a.outlived).toEqual([7, 8]);
    a.endpoint.rejoin(9);
    await a.endpoint.connect(b.endpoint.address);
    expect(b.outlived).toEqual([]);
  });

  test("is not told so by somebody who does not know the secret", async () => {
    const admit = () => ({ code: 4410, reason: "was here already", outlivedBy: 7 });
    const a = await network.start("a");
    const impostor = await network.start("b", { admit, secret: "a secret of somebody else" });
    expect(await codeOf(a.endpoint.connect(impostor.endpoint.address))).toBe("unauthenticated");
    expect(await codeOf(impostor.endpoint.connect(a.endpoint.address))).not.toBe("no error");
    await until(() => a.endpoint.stats().refusedConnections === 1);
    expect(a.outlived).toEqual([]);
  });

  test("speaks for a new incarnation after rejoin", async () => {
    const [a, b] = await pair();
    a.endpoint.rejoin(5);
    expect(a.downs).toHaveLength(1);
    expect([...a.endpoint.links()]).toEqual([]);
    await a.endpoint.connect(b.endpoint.address);
    await until(() => b.endpoint.link("a")?.peer.incarnation === 5);
  });

  test("says goodbye when it closes, and delivers what was sent before", async () => {
    const [a, b] = await pair();
    a.links[0]?.send("control", bytes("last words"));
    await a.endpoint.close("maintenance");
    await until(() => b.downs.length === 1);
    expect(b.downs[0]?.reason).toEqual({ kind: "goodbye", reason: "maintenance" });
    expect(b.texts()).toEqual(["last words"]);
    expect(a.downs[0]?.reason).toMatchObject({ kind: "local" });
    expect(() => b.links[0]?.send("control", bytes("x"))).toThrow(expect.objectContaining({ code: "linkClosed" }));
    expect(await codeOf(a.endpoint.connect(b.endpoint.address))).toBe("stopped");
    expect(await codeOf(b.endpoint.connect(a.endpoint.address))).toBe("connectionRefused");
  });

  test("dials again at once after it closed a link", async () => {
    const [a, b] = await pair();
    for (let round = 1; round <= 10; round++) {
      a.endpoint.link("b")?.close(1000, "again");
      const link = await a.endpoint.connect(b.endpoint.address);
      expect(link.isOpen).toBe(true);
    }
    await until(() => b.links.length === 11 && b.downs.length === 10);
    expect(b.downs[0]?.reason).toEqual({ kind: "closed", code: 1000, reason: "again" });
  });

  test("lets control messages overtake bulk data [T2]", async () => {
    const [a, b] = await pair();
    const large = new Uint8Array(1_000_000);
    for (let i = 0; i < 20; i++) a.links[0]?.send("data", large);
    a.links[0]?.send("control", bytes("urgent"));
    await until(() => b.received.length === 21);
    const place = b.received.findIndex(({ channel }) => channel === "control");
    expect(place).toBeLessThan(3);
  });

  test("closes the link when the layer above cannot read a message", async () => {
    const { TransportError } = await import("../errors.ts");
    const [a, b] = await pair();
    b.onMessage = () => {
      throw new TransportError("malformed", "unreadable");
    };
    a.links[0]?.send("control", bytes("x"));
    await until(() => a.downs.length === 1);
    expect(a.downs[0]?.reason).toMatchObject({ kind: "closed", code: 4400 });
  });

  test("refuses options that cannot work [B37]", async () => {
    const listen = { host: "127.0.0.1", port: 70_000 };
    await expect(network.start("a/b", { listen })).rejects.toThrow(/identity.nodeId.*listen.port/);
    await expect(network.start("a", { secret: "" })).rejects.toMatchObject({ code: "invalidOption" });
  });

  test("shows its secret nowhere [B35]", async () => {
    const a = await network.start("a", { secret: "do-not-show-this" });
    const link = await network
      .start("b", { secret: "do-not-show-this" })
      .then((b) => a.endpoint.connect(b.endpoint.address));
    expect(inspect([a.endpoint, link], { depth: 20, showHidden: true })).not.toContain("do-not-show-this");
    expect(JSON.stringify([a.endpoint, link])).not.toContain("do-not-show-this");
  });

  test("says which address is taken [B36]", async () => {
    const a = await network.start("a");
    await expect(network.start("b", { listen: a.endpoint.address })).rejects.toMatchObject({
      code: "addressInUse",
      message: expect.stringContaining(String(a.endpoint.address.port)),
    });
  });
});
