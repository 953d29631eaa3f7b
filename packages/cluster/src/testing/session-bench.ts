import { Actor, type ActorRef, ActorSystem, type ReplyTo, silentLog, systemRuntime } from "@foundation/actor";
import { ByteReader, ByteWriter, Codec, type Link, type MessageRefusal } from "@foundation/transport";
import { expect } from "vitest";
import { messageKind } from "../remote/message-kind.ts";
import { RemoteSession } from "../remote/remote-session.ts";
import { SessionWire } from "../remote/session-wire.ts";

class Sleeper extends Actor {}

const nameOf = new Map<number, string>(Object.entries(messageKind).map(([name, kind]) => [kind, name]));

/** A session of node `a` with peer `b`, whose link notes what is sent and brings what the test writes. */
export class SessionBench {
  readonly system: ActorSystem = new ActorSystem({ name: "a", runtime: systemRuntime({ log: silentLog }) });
  readonly wire: SessionWire;
  readonly session: RemoteSession;
  /** The kinds of the messages that went out. */
  readonly sent: (string | undefined)[] = [];
  readonly refusals: MessageRefusal[] = [];
  isOpen = true;

  constructor() {
    const isOpen = (): boolean => this.isOpen;
    const link: Link = {
      peer: { nodeId: "b", incarnation: 1, address: { host: "b", port: 1 } },
      initiatedHere: true,
      lastReceivedAt: 0,
      get isOpen() {
        return isOpen();
      },
      send: (_channel, message) => {
        const bytes = message instanceof ByteWriter ? message.bytes() : message;
        this.sent.push(nameOf.get(bytes[0] ?? 0));
      },
      channel: () => undefined,
      room: async () => {},
      close() {},
      watch() {},
      stats: () => ({ channels: {}, ignoredFrames: 0 }),
    };
    this.wire = new SessionWire(link, new Codec(), new ByteWriter(64));
    this.session = new RemoteSession(this.wire, this.system, {
      refOf: () => {
        throw new Error("no ref is asked for here");
      },
      onRefused: (refusal) => void this.refusals.push(refusal),
    });
  }

  /** A message of the peer. */
  receive(kind: number, write: (writer: ByteWriter) => void): void {
    const writer = new ByteWriter(64);
    write(writer);
    expect(this.session.receive(kind, new ByteReader(writer.bytes()), "control")).toBe(true);
  }

  /** An actor that the peer may reach. */
  exposed(): { ref: ActorRef<Sleeper>; id: number } {
    const ref = this.system.spawn(Sleeper);
    const cell = this.system.cellOf(ref);
    if (cell === undefined) throw new Error("it lives");
    cell.isExposed = true;
    return { ref, id: cell.id };
  }
}

/** An asker that keeps what it is told, and settles nothing by itself. */
export function asker(told: string[]): ReplyTo {
  return {
    succeed: () => void told.push("answer"),
    fail: (error) => void told.push(`failed ${(error as { code?: string }).code}`),
    refuse: ({ code }) => void told.push(`refused ${code}`),
    timeLeftMs: () => 1_000,
    isAborted: false,
    onSettled: undefined,
  };
}
