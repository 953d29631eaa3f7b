import { describe, expect, it } from "vitest";
import { commonVersion, decodeHello, encodeHello, type Hello, isNodeId } from "./hello.ts";

const hello: Hello = {
  role: "initiator",
  versions: { min: 1, max: 3 },
  cluster: "test",
  nodeId: "a",
  incarnation: 7,
  address: { host: "h", port: 80 },
  linkId: new Uint8Array(16).fill(1),
  channel: "control",
  connectionIndex: 2,
  nonce: new Uint8Array(32).fill(2),
  extension: new Uint8Array([9, 8]),
};

const malformed = (what: RegExp) =>
  expect.objectContaining({ code: "malformed", message: expect.stringMatching(what) });

/** Reads a hello that says something else, as a peer may that checks nothing. */
function reading(changes: Partial<Hello>): () => Hello {
  return () => decodeHello(encodeHello({ ...hello, ...changes }), "initiator");
}

describe("a hello", () => {
  it("is these bytes", () => {
    expect(Buffer.from(encodeHello(hello)).toString("hex")).toBe(
      [
        "464e444e", // FNDN
        "01", // the initiator's
        "0103", // versions 1 to 3
        "0474657374", // test
        "0161", // a
        "07", // incarnation
        "0168", // h
        "50", // port 80
        "01".repeat(16),
        "07636f6e74726f6c", // control
        "02", // connection 2
        "02".repeat(32),
        "020908", // extension
      ].join(""),
    );
  });

  it.each<Partial<Hello>>([
    {},
    { role: "responder" },
    { cluster: "", channel: "", address: { host: "", port: 0 } },
    { cluster: "ü".repeat(127), address: { host: "x".repeat(255), port: 65_535 }, channel: "c".repeat(64) },
    { nodeId: "A.z_0-9".repeat(18) },
    { incarnation: Number.MAX_SAFE_INTEGER, connectionIndex: 1_000_000, versions: { min: 5, max: 5 } },
    { extension: new Uint8Array(1_000) },
  ])("is read as it was written: %j", (changes) => {
    const told = { ...hello, ...changes };
    expect(decodeHello(encodeHello(told), told.role)).toEqual(told);
  });

  it("has an empty extension when none is given", () => {
    const { extension: _, ...bare } = hello;
    expect(decodeHello(encodeHello(bare), "initiator").extension).toEqual(new Uint8Array(0));
  });

  it("keeps nothing of the frame it came in", () => {
    const frame = encodeHello(hello);
    const read = decodeHello(frame, "initiator");
    frame.fill(0xff);
    expect(read).toEqual(hello);
  });
});

describe("a hello that is refused as malformed", () => {
  it("ends before its end, wherever that is", () => {
    const whole = encodeHello(hello);
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeHello(whole.subarray(0, length), "initiator"), `${length} bytes`).toThrow(malformed(/./));
    }
  });

  it("goes on after its end", () => {
    const longer = Buffer.concat([encodeHello(hello), Buffer.alloc(1)]);
    expect(() => decodeHello(longer, "initiator")).toThrow(malformed(/bytes after its end/));
  });

  it("is above 2 048 bytes, whatever it says", () => {
    const room = 2_048 - encodeHello({ ...hello, extension: new Uint8Array(200) }).length + 200;
    expect(reading({ extension: new Uint8Array(room) })().extension).toHaveLength(room);
    expect(reading({ extension: new Uint8Array(room + 1) })).toThrow(malformed(/is 2049 bytes long, at most 2048/));
  });

  it("does not begin as one, in any of the first bytes", () => {
    for (let at = 0; at < 4; at++) {
      const other = encodeHello(hello).slice();
      other[at] = (other[at] as number) ^ 1;
      expect(() => decodeHello(other, "initiator"), `byte ${at}`).toThrow(malformed(/magic/));
    }
  });

  it("comes from the wrong side, as one's own that is sent back does", () => {
    expect(() => decodeHello(encodeHello(hello), "responder")).toThrow(malformed(/does not come from the responder/));
    expect(reading({ role: "responder" })).toThrow(malformed(/does not come from the initiator/));
  });

  it.each<[string, Partial<Hello>, RegExp]>([
    ["no version", { versions: { min: 2, max: 1 } }, /empty range of versions/],
    ["an impossible port", { address: { host: "h", port: 65_536 } }, /impossible port/],
    ["an empty node id", { nodeId: "" }, /node id/],
    ["a node id with a space", { nodeId: "a b" }, /node id/],
    ["a node id that is too long", { nodeId: "a".repeat(129) }, /string of 129 bytes .* at most 128/],
    ["a cluster that is too long", { cluster: "c".repeat(256) }, /string of 256 bytes .* at most 255/],
    ["a host that is too long", { address: { host: "h".repeat(256), port: 1 } }, /string of 256 bytes .* at most 255/],
    ["a channel that is too long", { channel: "c".repeat(65) }, /string of 65 bytes .* at most 64/],
  ])("has %s", (_, changes, what) => {
    expect(reading(changes)).toThrow(malformed(what));
  });
});

describe("a node id", () => {
  it.each(["a", "A.z_0-9", "0", "a".repeat(128)])("may be %j", (id) => expect(isNodeId(id)).toBe(true));
  it.each(["", "a ", "a\n", "ä", "a/b", "a".repeat(129), 1, undefined, ["a"]])("may not be %j", (id) =>
    expect(isNodeId(id)).toBe(false),
  );
});

describe("the version that two nodes speak", () => {
  it.each([
    [{ min: 1, max: 1 }, { min: 1, max: 1 }, 1],
    [{ min: 1, max: 3 }, { min: 2, max: 5 }, 3],
    [{ min: 2, max: 5 }, { min: 1, max: 3 }, 3],
    [{ min: 1, max: 9 }, { min: 4, max: 6 }, 6],
    [{ min: 1, max: 2 }, { min: 2, max: 3 }, 2],
    [{ min: 1, max: 2 }, { min: 3, max: 4 }, undefined],
    [{ min: 3, max: 4 }, { min: 1, max: 2 }, undefined],
  ])("is the highest that both speak: %j and %j", (ours, theirs, common) => {
    expect(commonVersion(ours, theirs)).toBe(common);
  });
});
