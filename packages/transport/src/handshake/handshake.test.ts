import { describe, expect, test } from "vitest";
import { HandshakeInitiator, type HandshakeOptions, HandshakeResponder } from "./handshake.ts";
import { decodeHello, encodeHello, type Hello } from "./hello.ts";

const secret = Buffer.from("shared");

function options(nodeId: string, changes: Partial<Hello> = {}): HandshakeOptions {
  return {
    secrets: [secret],
    hello: {
      versions: { min: 1, max: 1 },
      cluster: "test",
      nodeId,
      incarnation: 3,
      address: { host: "127.0.0.1", port: 7450 },
      linkId: new Uint8Array(16).fill(7),
      channel: "control",
      connectionIndex: 0,
      nonce: new Uint8Array(32).fill(nodeId.charCodeAt(0)),
      ...changes,
    },
  };
}

const refusedWith = (code: number, reason?: RegExp) => ({
  kind: "refused",
  refusal: { code, reason: reason ? expect.stringMatching(reason) : expect.any(String) },
});

/** Both sides up to the point where the initiator owes its proof. */
function greeted(a = options("a"), b = options("b")): [HandshakeInitiator, HandshakeResponder] {
  const initiator = new HandshakeInitiator(a);
  const responder = new HandshakeResponder(b);
  expect(responder.receive(initiator.hello())).toMatchObject({ kind: "hello", peer: { nodeId: "a" } });
  expect(initiator.receive(responder.hello())).toMatchObject({ kind: "hello", peer: { nodeId: "b" } });
  return [initiator, responder];
}

describe("handshake", () => {
  test("proves both sides to each other", () => {
    const [initiator, responder] = greeted();
    expect(responder.receive(initiator.proof())).toMatchObject({
      kind: "verified",
      peer: { nodeId: "a", incarnation: 3 },
    });
    expect(initiator.receive(responder.proof())).toMatchObject({ kind: "verified", peer: { nodeId: "b" } });
  });

  test("has the bytes that the protocol reference shows", () => {
    const bytes = Buffer.from(new HandshakeInitiator(options("a")).hello());
    expect(bytes.toString("hex")).toBe(
      [
        "464e444e", // FNDN
        "01", // initiator
        "0101", // versions 1..1
        "0474657374", // cluster
        "0161", // node id
        "03", // incarnation
        "093132372e302e302e31", // host
        "9a3a", // port 7450
        "07".repeat(16), // link id
        "07636f6e74726f6c", // channel
        "00", // connection index
        "61".repeat(32), // nonce
        "00", // no further fields
      ].join(""),
    );
  });

  test.each([
    ["a wrong one", (proof: Uint8Array) => proof.map((byte, index) => (index === 5 ? byte ^ 1 : byte))],
    ["a short one", (proof: Uint8Array) => proof.subarray(0, 32)],
    ["a long one", (proof: Uint8Array) => Buffer.concat([proof, Buffer.from([0])])],
    ["an empty frame", () => new Uint8Array(0)],
    ["base64 junk", () => Buffer.from("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")],
    ["a data frame [B15]", () => Buffer.from([0x10, 1, 65])],
  ])("refuses a proof that is %s, from either side, and anything afterwards [B13]", (_name, change) => {
    const [initiator, responder] = greeted();
    const right = initiator.proof();
    expect(responder.receive(change(right))).toEqual(refusedWith(4401));
    expect(responder.receive(right)).toEqual(refusedWith(4401));
    const [other, verified] = greeted();
    verified.receive(other.proof());
    expect(other.receive(change(verified.proof()))).toEqual(refusedWith(4401));
  });

  test("tells an initiator that its life is over, and proves that a member says so", () => {
    const [initiator, responder] = greeted();
    responder.receive(initiator.proof());
    expect(initiator.receive(responder.outlived(2 ** 53 - 1))).toEqual({ kind: "outlived", newest: 2 ** 53 - 1 });
  });

  test("tells a responder that its life is over, and proves that a member says so", () => {
    const [initiator, responder] = greeted();
    expect(responder.receive(initiator.outlived(7))).toEqual({ kind: "outlived", newest: 7 });
    expect(() => responder.proof()).toThrow();
  });

  test("believes nobody without the secret that its life is over", () => {
    const other = { ...options("b"), secrets: [Buffer.from("other")] };
    const [toImpostor, impostor] = greeted(options("a"), other);
    impostor.receive(new HandshakeInitiator({ ...options("a"), secrets: other.secrets }).hello());
    const [, signing] = greeted({ ...options("a"), secrets: other.secrets }, other);
    const [own] = greeted({ ...options("a"), secrets: other.secrets }, other);
    signing.receive(own.proof());
    expect(toImpostor.receive(signing.outlived(9))).toEqual(refusedWith(4401));
    const [, responder] = greeted();
    expect(responder.receive(own.outlived(9))).toEqual(refusedWith(4401));
  });

  test("refuses a statement that was changed, recorded, or reflected", () => {
    const statement = (): Buffer => {
      const [initiator, responder] = greeted();
      responder.receive(initiator.proof());
      return Buffer.from(responder.outlived(300));
    };
    const recorded = statement();
    for (let at = 0; at < recorded.length; at++) {
      const changed = Buffer.from(recorded);
      changed[at] = (changed[at] as number) ^ 1;
      expect(greeted()[0].receive(changed)).toEqual(refusedWith(4401));
      expect(greeted()[0].receive(recorded.subarray(0, at))).toEqual(refusedWith(4401));
    }
    const [later] = greeted(options("a", { nonce: new Uint8Array(32).fill(99) }));
    expect(later.receive(recorded)).toEqual(refusedWith(4401));
    const [reflected] = greeted();
    expect(reflected.receive(reflected.outlived(300))).toEqual(refusedWith(4401));
  });

  test("refuses another secret without giving a proof of its own", () => {
    const [initiator, responder] = greeted({ ...options("a"), secrets: [Buffer.from("other")] });
    expect(responder.receive(initiator.proof())).toEqual(refusedWith(4401));
    expect(() => responder.proof()).toThrow();
  });

  test("refuses a recorded handshake and reflected frames [B14]", () => {
    const [initiator, responder] = greeted();
    const recorded = [initiator.hello(), initiator.proof()] as const;
    responder.receive(recorded[1]);
    const later = new HandshakeResponder(options("b", { nonce: new Uint8Array(32).fill(99) }));
    later.receive(recorded[0]);
    expect(later.receive(recorded[1])).toEqual(refusedWith(4401));
    const fresh = new HandshakeInitiator(options("a"));
    expect(fresh.receive(fresh.hello())).toEqual(refusedWith(4400));
    const [reflected] = greeted();
    expect(reflected.receive(reflected.proof())).toEqual(refusedWith(4401));
  });

  test("refuses another cluster, and versions without a common one, with our range [B12]", () => {
    const responder = () => new HandshakeResponder(options("b"));
    expect(responder().receive(new HandshakeInitiator(options("a", { cluster: "x" })).hello())).toEqual(
      refusedWith(4403),
    );
    const newer = new HandshakeInitiator(options("a", { versions: { min: 2, max: 9 } }));
    expect(responder().receive(newer.hello())).toEqual(refusedWith(4426, /1\.\.1/));
    const none = new HandshakeInitiator(options("a", { versions: { min: 0, max: 0 } }));
    expect(responder().receive(none.hello())).toEqual(refusedWith(4426, /1\.\.1/));
    const upsideDown = new HandshakeInitiator(options("a", { versions: { min: 2, max: 1 } }));
    expect(responder().receive(upsideDown.hello())).toEqual(refusedWith(4400));
  });

  test("speaks with a side that also knows later versions and sends fields we do not know [T6]", () => {
    const later = options("a", { versions: { min: 1, max: 4 } });
    const hello = Buffer.from(encodeHello({ ...later.hello, role: "initiator" }));
    const extended = Buffer.concat([hello.subarray(0, -1), Buffer.from([3, 1, 2, 3])]);
    expect(new HandshakeResponder(options("b")).receive(extended)).toMatchObject({ kind: "hello" });
  });

  test.each(["", "a\0", "a\nb", "../x", "__proto__/", "😀", "a".repeat(129)])(
    "refuses the node id %j [B16]",
    (nodeId) => {
      const hello = encodeHello({ ...options("a").hello, nodeId, role: "initiator" });
      expect(new HandshakeResponder(options("b")).receive(hello)).toEqual(refusedWith(4400));
    },
  );

  test("refuses every truncation, and never throws for changed bytes [B11]", () => {
    const hello = Buffer.from(new HandshakeInitiator(options("a")).hello());
    for (let length = 0; length < hello.length; length++) {
      expect(new HandshakeResponder(options("b")).receive(hello.subarray(0, length))).toEqual(refusedWith(4400));
    }
    for (let at = 0; at < hello.length; at++) {
      for (const value of [0, 0x7f, 0x80, 0xff]) {
        const changed = Buffer.from(hello);
        changed[at] = value;
        expect(["hello", "refused"]).toContain(new HandshakeResponder(options("b")).receive(changed).kind);
      }
    }
    expect(() => decodeHello(new Uint8Array(1_000_000), "initiator")).toThrow(
      expect.objectContaining({ code: "malformed" }),
    );
  });
});
