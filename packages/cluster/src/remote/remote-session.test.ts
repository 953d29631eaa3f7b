import { Actor, type ActorRef, ActorSystem, type ReplyTo, silentLog, systemRuntime } from "@foundation/actor";
import { ByteReader, ByteWriter, Codec, type Link, type MessageRefusal } from "@foundation/transport";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { messageKind } from "./message-kind.ts";
import { priorityByte } from "./priority-byte.ts";
import { RemoteSession } from "./remote-session.ts";
import { SessionWire } from "./session-wire.ts";

class Sleeper extends Actor {}

const nameOf = new Map<number, string>(Object.entries(messageKind).map(([name, kind]) => [kind, name]));

describe("a session with a peer", () => {
  let system: ActorSystem;
  let session: RemoteSession;
  /** The kinds of the messages that went out. */
  let sent: (string | undefined)[];
  let refusals: MessageRefusal[];
  let isOpen: boolean;

  beforeEach(() => {
    system = new ActorSystem({ name: "a", runtime: systemRuntime({ log: silentLog }) });
    sent = [];
    refusals = [];
    isOpen = true;
    const link: Link = {
      peer: { nodeId: "b", incarnation: 1, address: { host: "b", port: 1 } },
      initiatedHere: true,
      lastReceivedAt: 0,
      get isOpen() {
        return isOpen;
      },
      send: (_channel, message) => {
        const bytes = message instanceof ByteWriter ? message.bytes() : message;
        sent.push(nameOf.get(bytes[0] ?? 0));
      },
      channel: () => undefined,
      room: async () => {},
      close() {},
      watch() {},
      stats: () => ({ channels: {}, ignoredFrames: 0 }),
    };
    session = new RemoteSession(new SessionWire(link, new Codec(), new ByteWriter(64)), system, {
      refOf: () => {
        throw new Error("no ref is asked for here");
      },
      onRefused: (refusal) => void refusals.push(refusal),
    });
  });
  afterEach(() => system.stop());

  /** A message of the peer. */
  const receive = (kind: number, write: (writer: ByteWriter) => void): void => {
    const writer = new ByteWriter(64);
    write(writer);
    expect(session.receive(kind, new ByteReader(writer.bytes()), "control")).toBe(true);
  };

  /** An actor that the peer may reach. */
  const exposed = (): { ref: ActorRef<Sleeper>; id: number } => {
    const ref = system.spawn(Sleeper);
    const cell = system.cellOf(ref);
    if (cell === undefined) throw new Error("it lives");
    cell.isExposed = true;
    return { ref, id: cell.id };
  };

  const watch = (id: number, actorId: number): void =>
    receive(messageKind.watch, (writer) => {
      writer.varint(id);
      writer.varint(actorId);
    });

  /** An asker that keeps what it is told, and settles nothing by itself. */
  const asker = (told: string[]): ReplyTo => ({
    succeed: () => void told.push("answer"),
    fail: (error) => void told.push(`failed ${(error as { code?: string }).code}`),
    refuse: ({ code }) => void told.push(`refused ${code}`),
    timeLeftMs: () => 1_000,
    isAborted: false,
    onSettled: undefined,
  });

  const refuse = (id: number): void =>
    receive(messageKind.refused, (writer) => {
      writer.varint(id);
      writer.string("noproc");
      writer.string("gone");
    });

  it("tells the peer of the end of an actor that it watches, once for each watch", async () => {
    const { ref, id } = exposed();
    watch(1, id);
    watch(2, id);
    watch(2, id);
    expect(session.watchedHere).toBe(2);
    await system.stopActor(ref, "shutdown");
    expect(sent).toEqual(["down", "down"]);
    expect(session.watchedHere).toBe(0);
  });

  it("[V12] takes back the watches of the peer when the link is down: its actors' ends are nobody's business there", async () => {
    const { ref, id } = exposed();
    watch(1, id);
    session.closed();
    expect(session.watchedHere).toBe(0);
    await system.stopActor(ref, "shutdown");
    expect(sent).toEqual([]);
  });

  it("takes back a watch that the peer takes back, and no other", async () => {
    const { ref, id } = exposed();
    watch(1, id);
    watch(2, id);
    receive(messageKind.unwatch, (writer) => writer.varint(1));
    receive(messageKind.unwatch, (writer) => writer.varint(9));
    await system.stopActor(ref, "shutdown");
    expect(sent).toEqual(["down"]);
  });

  it("answers a watch of an actor that is not there, or was never given to others, at once", () => {
    watch(1, 999);
    watch(2, system.cellOf(system.spawn(Sleeper))?.id ?? 0);
    expect(sent).toEqual(["down", "down"]);
    expect(refusals).toMatchObject([{ code: "notExposed" }]);
    expect(session.watchedHere).toBe(0);
  });

  it("[V12] does not keep an ask open that was handed back: the end of the link is not its end as well", () => {
    const told: string[] = [];
    session.request(7, "work", [], undefined, asker(told));
    expect(session.openRequests).toBe(1);
    refuse(1);
    expect(session.openRequests).toBe(0);
    session.closed();
    expect(told).toEqual(["refused noproc"]);
  });

  it("drops and counts a second answer, and one to nothing that was asked", () => {
    const told: string[] = [];
    session.request(7, "work", [], undefined, asker(told));
    refuse(1);
    refuse(1);
    refuse(9);
    expect(told).toEqual(["refused noproc"]);
    expect(session.droppedAnswers).toBe(2);
  });

  it("ends open asks with nodedown and watches with noconnection when the link is down, each once", () => {
    const told: string[] = [];
    session.request(7, "work", [], undefined, asker(told));
    session.watch(7, (reason) => void told.push(String(reason)));
    const takeBack = session.watch(8, () => void told.push("taken back"));
    takeBack();
    takeBack();
    expect(sent).toEqual(["ask", "watch", "watch", "unwatch"]);
    expect([session.openRequests, session.openWatches]).toEqual([1, 1]);
    session.closed();
    session.closed();
    expect(told).toEqual(["failed nodedown", "noconnection"]);
    expect([session.openRequests, session.openWatches]).toEqual([0, 0]);
  });

  it("makes no answer for a peer that is gone", () => {
    let looks = 0;
    const answer = {
      get text() {
        looks++;
        return "done";
      },
    };
    session.answer(messageKind.result, 1, answer, "control");
    expect([sent, looks]).toEqual([["result"], 1]);
    isOpen = false;
    session.answer(messageKind.result, 2, answer, "control");
    expect([sent, looks]).toEqual([["result"], 1]);
  });

  it("takes what it hears of streams and rooms that are not open, and leaves other kinds to others", () => {
    const kinds = ["streamStarted", "streamItem", "streamEnd", "streamError", "streamCredit", "streamCancel", "room"];
    for (const kind of kinds) {
      receive(messageKind[kind as keyof typeof messageKind], (writer) => {
        writer.varint(9);
        writer.varint(1);
      });
    }
    expect(session.droppedAnswers).toBe(4);
    expect(sent).toEqual([]);
    for (const kind of [0, messageKind.ping, messageKind.protocol, 200])
      expect(session.receive(kind, new ByteReader(new Uint8Array(8)), "control")).toBe(false);
  });

  it("says why it did not take a message of the peer: its actor has no room, or knows no such method", () => {
    class Narrow extends Actor {
      work(): void {}
    }
    const ref = system.spawn(Narrow, { mailbox: { capacity: 1 } });
    const cell = system.cellOf(ref);
    if (cell === undefined) throw new Error("it lives");
    cell.isExposed = true;
    const tell = (method: string): void =>
      receive(messageKind.tell, (writer) => {
        writer.varint(cell.id);
        writer.u8(priorityByte(undefined));
        writer.string(method);
        new Codec().encode([], writer);
      });
    tell("work");
    expect(refusals).toEqual([]);
    tell("work");
    tell("nothing");
    expect(refusals.map(({ method, code }) => [method, code])).toEqual([
      ["work", "overloaded"],
      ["nothing", "badMessage"],
    ]);
  });
});
