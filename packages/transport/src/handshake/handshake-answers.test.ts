import { describe, expect, test } from "vitest";
import { HandshakeInitiator, type HandshakeOptions, HandshakeResponder } from "./handshake.ts";
import { decodeHello, encodeHello, type Hello } from "./hello.ts";

const purpose = { linkId: new Uint8Array(16).fill(7), channel: "events", connectionIndex: 2 };

function options(nodeId: string, changes: Partial<Hello> = {}): HandshakeOptions {
  return {
    secrets: [Buffer.from("shared")],
    hello: {
      versions: { min: 1, max: 1 },
      cluster: "test",
      nodeId,
      incarnation: 3,
      address: { host: "127.0.0.1", port: 7450 },
      nonce: new Uint8Array(32).fill(nodeId.charCodeAt(0)),
      ...purpose,
      ...changes,
    },
  };
}

/** What the initiator makes of an answer of b that says `changes`. */
const answered = (changes: Partial<Hello>) =>
  new HandshakeInitiator(options("a")).receive(encodeHello({ ...options("b", changes).hello, role: "responder" }));

describe("[V3] the answer to a hello", () => {
  test("is accepted when it is about the connection that was asked for", () => {
    expect(answered({})).toMatchObject({ kind: "hello", peer: { nodeId: "b", ...purpose } });
  });

  test.each<[string, Partial<Hello>]>([
    ["another link", { linkId: new Uint8Array(16).fill(8) }],
    ["a link that differs in its last byte", { linkId: Uint8Array.of(...new Uint8Array(15).fill(7), 6) }],
    ["another channel", { channel: "event" }],
    ["another connection of the channel", { connectionIndex: 1 }],
    ["the first connection", { connectionIndex: 0 }],
  ])("is refused when it is about %s, and nothing is accepted afterwards", (_what, changes) => {
    const about = { code: 4400, reason: "the answer is about another connection" };
    expect(answered(changes)).toEqual({ kind: "refused", refusal: about });
    const initiator = new HandshakeInitiator(options("a"));
    initiator.receive(encodeHello({ ...options("b", changes).hello, role: "responder" }));
    expect(() => initiator.proof()).toThrow("a proof is due only after");
    const right = encodeHello({ ...options("b").hello, role: "responder" });
    expect(initiator.receive(right)).toMatchObject({ kind: "refused" });
  });

  test("repeats each field that the initiator chose, whatever the responder would have said itself", () => {
    const own: Partial<Hello> = { linkId: new Uint8Array(16), channel: "control", connectionIndex: 0 };
    const responder = new HandshakeResponder(options("b", own));
    expect(responder.receive(new HandshakeInitiator(options("a")).hello())).toMatchObject({
      kind: "hello",
      peer: purpose,
    });
    const answer = decodeHello(responder.hello(), "responder");
    expect(answer).toMatchObject({ nodeId: "b", channel: "events", connectionIndex: 2 });
    expect(answer.linkId).toEqual(purpose.linkId);
  });

  test.each<[string, Partial<Hello>]>([
    ["link", { linkId: new Uint8Array(16).fill(8) }],
    ["channel", { channel: "data" }],
    ["connection", { connectionIndex: 3 }],
    ["life", { incarnation: 4 }],
    ["address", { address: { host: "127.0.0.1", port: 7451 } }],
  ])("is proved to be about this %s: the proof for another one is refused by both sides", (_what, changes) => {
    const other = new HandshakeInitiator(options("a", changes));
    const toOther = new HandshakeResponder(options("b"));
    toOther.receive(other.hello());
    other.receive(toOther.hello());
    const initiator = new HandshakeInitiator(options("a"));
    const responder = new HandshakeResponder(options("b"));
    responder.receive(initiator.hello());
    initiator.receive(responder.hello());
    toOther.receive(other.proof());
    expect(responder.receive(other.proof())).toMatchObject({ kind: "refused", refusal: { code: 4401 } });
    expect(initiator.receive(toOther.proof())).toMatchObject({ kind: "refused", refusal: { code: 4401 } });
  });
});
