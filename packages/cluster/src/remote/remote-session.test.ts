import { ByteReader } from "@foundation/transport";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { asker, SessionBench } from "../testing/session-bench.ts";
import { messageKind } from "./message-kind.ts";
import type { RemoteSession } from "./remote-session.ts";

describe("a session with a peer", () => {
  let bench: SessionBench;
  let session: RemoteSession;

  beforeEach(() => {
    bench = new SessionBench();
    session = bench.session;
  });
  afterEach(() => bench.system.stop());

  it("ends open asks with nodedown and watches with noconnection when the link is down, each once", () => {
    const told: string[] = [];
    session.calls.request(7, "work", [], undefined, asker(told));
    session.watches.watch(7, (reason) => void told.push(String(reason)));
    const takeBack = session.watches.watch(8, () => void told.push("taken back"));
    takeBack();
    takeBack();
    expect(bench.sent).toEqual(["ask", "watch", "watch", "unwatch"]);
    expect([session.calls.open, session.watches.open]).toEqual([1, 1]);
    session.closed();
    session.closed();
    expect(told).toEqual(["failed nodedown", "noconnection"]);
    expect([session.calls.open, session.watches.open]).toEqual([0, 0]);
  });

  it("takes what it hears of streams and rooms that are not open, and leaves other kinds to others", () => {
    const kinds = ["streamStarted", "streamItem", "streamEnd", "streamError", "streamCredit", "streamCancel", "room"];
    for (const kind of kinds) {
      bench.receive(messageKind[kind as keyof typeof messageKind], (writer) => {
        writer.varint(9);
        writer.varint(1);
      });
    }
    expect(session.droppedAnswers).toBe(4);
    expect(bench.sent).toEqual([]);
    for (const kind of [0, messageKind.ping, messageKind.protocol, 200])
      expect(session.receive(kind, new ByteReader(new Uint8Array(8)), "control")).toBe(false);
  });
});
