import { ByteReader, ByteWriter, type ChannelOptions, Codec, type Link, type SendOptions } from "@foundation/transport";
import { describe, expect, it } from "vitest";
import { controlBytesMax, SessionWire } from "./session-wire.ts";

interface Sent {
  readonly channel: string;
  readonly bytes: number;
  readonly options: SendOptions | undefined;
}

/** A link with these channels that keeps what goes over it. */
function wireOver(channels: Readonly<Record<string, Partial<ChannelOptions>>>) {
  const sent: Sent[] = [];
  const closed: string[] = [];
  const link: Link = {
    peer: { nodeId: "b", incarnation: 1, address: { host: "b", port: 1 } },
    initiatedHere: true,
    lastReceivedAt: 0,
    isOpen: true,
    send: (channel, message, options) => void sent.push({ channel, bytes: message.length, options }),
    channel: (name) => channels[name] as ChannelOptions | undefined,
    room: async () => {},
    close: (_code, reason) => void closed.push(reason),
    watch() {},
    stats: () => ({ channels: {}, ignoredFrames: 0 }),
  };
  const writer = new ByteWriter(256);
  const wire = new SessionWire(link, new Codec(), writer);
  /** Sends a message of so many bytes. @returns how it went. */
  const send = (bytes: number, channel?: string, route = 3): Sent | undefined => {
    const message = wire.begin(1);
    message.raw(new Uint8Array(bytes - 1));
    wire.send(message, channel, route);
    return sent.at(-1);
  };
  return { wire, send, sent, closed };
}

const usual = { control: {}, data: {} };

describe("the channel of a message", () => {
  it.each([
    [controlBytesMax - 1, "control"],
    [controlBytesMax, "control"],
    [controlBytesMax + 1, "data"],
  ])("[V12] of %i bytes is %s when its sender named none", (bytes, channel) => {
    const { send } = wireOver(usual);
    expect(send(bytes)).toEqual({ channel, bytes, options: undefined });
  });

  it("[V12] is 64 KiB at most on control, byte for byte", () => {
    expect(controlBytesMax).toBe(65_536);
  });

  it("is control for large ones too where there is no data", () => {
    const { send, wire } = wireOver({ control: {} });
    expect(send(controlBytesMax + 1)?.channel).toBe("control");
    expect([wire.streamChannel, wire.channelsBySize]).toEqual(["control", ["control", "control"]]);
    expect(wireOver(usual).wire.channelsBySize).toEqual(["control", "data"]);
  });

  it("is the one that its sender named, however large", () => {
    const { send } = wireOver({ ...usual, events: { connections: 2 } });
    expect(send(controlBytesMax + 1, "events")).toMatchObject({ channel: "events", options: { route: 3 } });
    expect(send(10, "data")).toMatchObject({ channel: "data", options: undefined });
  });

  it("says what may be replaced on a monotonic one that was named, and there only", () => {
    const { wire, sent } = wireOver({ ...usual, news: { kind: "monotonic", connections: 1 } });
    const to = { actorId: 4, method: "tick" };
    wire.sendReplaceable(wire.begin(1), "news", to);
    wire.sendReplaceable(wire.begin(1), undefined, to);
    wire.sendReplaceable(wire.begin(1), "data", to);
    expect(sent.map(({ channel, options }) => [channel, options])).toEqual([
      ["news", { route: 4, replaces: "4 tick" }],
      ["control", undefined],
      ["data", undefined],
    ]);
  });
});

describe("an exit reason on the wire", () => {
  it("is what it was, up to 64 KiB, and an error that says so beyond", () => {
    const { wire } = wireOver(usual);
    const passed = (reason: Parameters<typeof wire.writeReason>[0]) => {
      const writer = new ByteWriter(64);
      wire.writeReason(reason, writer);
      return { bytes: writer.length, reason: wire.readReason(new ByteReader(writer.bytes())) };
    };
    expect(passed("normal").reason).toBe("normal");
    expect(passed({ shutdown: { because: [1, 2] } }).reason).toEqual({ shutdown: { because: [1, 2] } });
    const empty = passed({ shutdown: "x".repeat(60_000) }).bytes - 60_000;
    const fits = { shutdown: "x".repeat(controlBytesMax - empty) };
    expect(passed(fits)).toEqual({ bytes: controlBytesMax, reason: fits });
    expect(passed({ shutdown: "x".repeat(controlBytesMax - empty + 1) }).reason).toMatchObject({
      message: "the exit reason is too large to be sent",
    });
    expect(passed({ shutdown: () => {} }).reason).toBeInstanceOf(Error);
    expect(wire.asReason("no reason that is known")).toMatchObject({
      message: expect.stringContaining("not known here"),
    });
  });
});
