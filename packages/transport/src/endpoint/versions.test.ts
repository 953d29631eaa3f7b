import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { protocolVersions } from "../handshake/hello.ts";
import { codeOf, TestNetwork, until } from "../testing/test-endpoint.ts";

describe.each(["memory", "websocket"] as const)("[T6] endpoints of different versions over %s", (kind) => {
  let network: TestNetwork;

  beforeEach(() => {
    network = new TestNetwork(kind);
  });
  afterEach(() => network.stop());

  test.each([
    [protocolVersions, { min: 1, max: 7 }],
    [protocolVersions, { min: 0, max: 1 }],
    [
      { min: 2, max: 5 },
      { min: 4, max: 9 },
    ],
  ])("that have one in common are linked: %j and %j", async (ours, theirs) => {
    const [a, b] = [await network.start("a", { versions: ours }), await network.start("b", { versions: theirs })];
    const link = await a.endpoint.connect(b.endpoint.address);
    link.send("control", Buffer.from("hello"));
    await until(() => b.texts().length === 1);
  });

  test("that have none in common are not, and both ranges are in the error of either side", async () => {
    const [a, b] = [
      await network.start("a", { versions: { min: 1, max: 2 } }),
      await network.start("b", { versions: { min: 5, max: 6 } }),
    ];
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const error = await from.endpoint.connect(to.endpoint.address).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ code: "versionMismatch" });
      expect(String(error)).toMatch(/1\.\.2/);
      expect(String(error)).toMatch(/5\.\.6/);
    }
    expect(await codeOf(a.endpoint.connect(b.endpoint.address))).toBe("versionMismatch");
  });
});
