// The protocol reference is precise: its examples are what the code says and understands.

import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Codec } from "@foundation/transport";
import { beforeAll, describe, expect, it } from "vitest";
import { messageKind } from "../packages/cluster/src/remote/message-kind.ts";
import { frameUnpackers, unpackFrame } from "../packages/transport/src/link/frame-compression.ts";
import {
  frameVectors,
  handshakeVectors,
  messageVectors,
  showVectors,
  type Vector,
  valueVectors,
} from "./support/protocol-vectors.ts";

let page: string;
let messages: Vector[];

beforeAll(async () => {
  page = await readFile(join(import.meta.dirname, "..", "docs/reference/protocol.md"), "utf8");
  messages = await messageVectors();
});

const hint = "print what belongs there: node --conditions=@foundation/source test/support/protocol-vectors.ts";

describe("the examples in docs/reference/protocol.md", () => {
  it.each<[string, () => readonly Vector[]]>([
    ["a handshake", handshakeVectors],
    ["frames", frameVectors],
    ["messages", () => messages],
    ["values", valueVectors],
  ])("of %s are what the code makes", (_what, vectors) => {
    expect(page, hint).toContain(showVectors(vectors()));
  });

  it("show every kind of message that a node sends without being asked by its own clock", () => {
    const shown = new Set(messages.map(([what]) => what.split(":")[0]));
    const missing = Object.keys(messageKind).filter((kind) => !shown.has(kind));
    // What the parts of nodes say to each other depends on their state, and a ping on the time.
    expect(missing).toEqual(["protocol", "ping"]);
  });

  it("can be checked by what the text says, without this code", () => {
    const [secret, initiator, responder, proof, answer, , boundProof] = handshakeVectors().map(([, hex]) =>
      Buffer.from(hex, "hex"),
    ) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
    const part = (bytes: Buffer): Buffer =>
      Buffer.concat([
        Buffer.from(bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7]),
        bytes,
      ]);
    const proofOf = (role: string, binding: Buffer): string =>
      `02${createHmac("sha256", secret)
        .update(`foundation.v1 ${role}\0`)
        .update(Buffer.concat([initiator, responder, binding].map(part)))
        .digest("hex")}`;
    expect(proof.toString("hex")).toBe(proofOf("initiator", Buffer.alloc(0)));
    expect(answer.toString("hex")).toBe(proofOf("responder", Buffer.alloc(0)));
    expect(boundProof.toString("hex")).toBe(proofOf("initiator", Buffer.alloc(32, 0xcc)));
  });

  it("are read as what they stand for", () => {
    const decoded = valueVectors().map(([, hex]) => new Codec().decode(Buffer.from(hex, "hex")));
    expect(decoded.slice(0, 9)).toEqual([null, true, -1, 128, 2 ** 53 - 1, 0.5, 0.1, Number.NaN, -0]);
    expect(decoded.at(-2)).toEqual(new Uint16Array([258]));
    expect(decoded.at(-1)).toMatchObject({ name: "RangeError", code: "E_FAR", cause: { message: "why" } });
    const packed = Buffer.from(frameVectors().at(-1)?.[1] ?? "", "hex");
    if (frameUnpackers.some(({ name }) => name === "zstd"))
      expect(unpackFrame(packed)).toEqual(Buffer.alloc(613, 0x10));
  });
});
