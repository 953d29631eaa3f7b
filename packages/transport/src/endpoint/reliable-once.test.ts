import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TransportError } from "../errors.ts";
import { type TestEndpoint, TestNetwork, until } from "../testing/test-endpoint.ts";

const channels = [
  { name: "control", priority: 0 },
  { name: "orders", priority: 1, kind: "reliable" },
] as const;
const to = { channel: "orders", route: 0 };

describe("[V4] a reliable channel", () => {
  let network: TestNetwork;
  let a: TestEndpoint;
  let b: TestEndpoint;
  beforeEach(async () => {
    network = new TestNetwork("memory");
    a = await network.start("a", { channels });
    b = await network.start("b", { channels });
    await a.endpoint.connect(b.endpoint.address);
    await until(() => b.links.length === 1);
  });
  afterEach(() => network.stop());

  test.each([
    [
      "throws",
      () => {
        throw new TransportError("malformed", "this handler cannot stand it");
      },
    ],
    ["ends the link", () => b.links.at(-1)?.close(1000, "ended by the handler")],
  ])("brings a message once whose handler %s, and all that follow", async (_how, harm) => {
    const handled: string[] = [];
    b.onMessage = ({ message }) => {
      handled.push(message.toString());
      if (message.toString() === "two") harm();
    };
    for (const text of ["one", "two", "three"]) a.links[0]?.send("orders", Buffer.from(text));
    await until(() => a.downs.length === 1 && b.downs.length === 1);
    expect(handled).toEqual(["one", "two"]);
    await a.endpoint.connect(b.endpoint.address);
    a.links[1]?.send("orders", Buffer.from("four"));
    await until(
      () => handled.includes("four"),
      () => handled,
    );
    expect(handled).toEqual(["one", "two", "three", "four"]);
  });

  test("keeps nothing for a peer that said goodbye; for one whose link broke it does", async () => {
    const peer = { nodeId: "b", incarnation: 1 };
    a.links[0]?.send("orders", Buffer.from("first"));
    await until(() => b.received.length === 1);
    b.links[0]?.close(1000, "only this link");
    await until(() => a.downs.length === 1);
    expect(a.endpoint.sendLater(peer, Buffer.from("for the next link"), to)).toBe(true);
    await a.endpoint.connect(b.endpoint.address);
    await until(
      () => b.received.length === 2,
      () => b.received,
    );
    await b.endpoint.close();
    await until(() => a.downs.length === 2);
    expect(a.downs[1]?.reason.kind).toBe("goodbye");
    expect(a.endpoint.sendLater(peer, Buffer.from("in vain"), to)).toBe(false);
  });

  test("keeps nothing for a peer that is to be forgotten", async () => {
    b.links[0]?.close(1000, "only this link");
    await until(() => a.downs.length === 1);
    expect(a.endpoint.sendLater({ nodeId: "b", incarnation: 1 }, Buffer.from("kept"), to)).toBe(true);
    a.endpoint.forget("b");
    expect(a.endpoint.sendLater({ nodeId: "b", incarnation: 1 }, Buffer.from("in vain"), to)).toBe(false);
  });
});
