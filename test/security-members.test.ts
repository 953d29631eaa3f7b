// Bad inputs from a member that is faulty or hostile, each against a node that goes on working for the members beside it.

import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { ByteWriter, Codec } from "@foundation/transport";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { messageKind } from "../packages/cluster/src/remote/message-kind.ts";
import type { Hello } from "../packages/transport/src/handshake/hello.ts";
import type { Stranger } from "../tools/fuzz/stranger.ts";
import { batchedMessages } from "./support/batched-messages.ts";
import { Besieged, message, secret, Target } from "./support/besieged.ts";
import { until } from "./support/until.ts";

let besieged: Besieged;

beforeAll(async () => {
  besieged = await Besieged.open();
});
afterAll(() => besieged.close());
afterEach(() => besieged.checkHealth());

const codec = new Codec();
const encoded = (value: unknown): Uint8Array => {
  const writer = new ByteWriter();
  codec.encode(value, writer);
  return writer.bytes().slice();
};
const repeated = (head: readonly number[], times: number, tail: readonly number[]): Buffer =>
  Buffer.concat([Buffer.alloc(head.length * times, Buffer.from(head)), Buffer.from(tail)]);

const ask = (request: number, method: string, args: unknown, patience = 5_000): Uint8Array =>
  message(messageKind.ask, request, besieged.targetId, Uint8Array.of(0), patience, method, encoded(args));
const protocol = (name: string, payload: unknown): Uint8Array => message(messageKind.protocol, name, encoded(payload));

const kinds = (stranger: Stranger): number[] => batchedMessages(stranger).map(([kind]) => kind ?? 0);

/** The answer to request number `request`. */
async function answerTo(stranger: Stranger, request: number): Promise<{ kind: number; text: string }> {
  const isIt = (answer: Uint8Array): boolean => [3, 4, 5].includes(answer[0] ?? 0) && answer[1] === request;
  await until(
    () => batchedMessages(stranger).some(isIt),
    () => [stranger.closed, kinds(stranger)],
  );
  const answer = batchedMessages(stranger).find(isIt) as Uint8Array;
  return { kind: answer[0] ?? 0, text: Buffer.from(answer.subarray(2)).toString("latin1") };
}

/** The link is still there and answers. */
async function stillLinked(stranger: Stranger): Promise<void> {
  stranger.say(ask(99, "echo", ["still here"]));
  expect((await answerTo(stranger, 99)).text).toContain("still here");
  expect(stranger.closed).toBeUndefined();
}

async function endsWith(stranger: Stranger, code: number): Promise<void> {
  await until(() => stranger.closed !== undefined);
  expect(stranger.closed?.code).toBe(code);
}

describe("[T8] a node with a member that misbehaves", () => {
  it.each<[string, Partial<Hello>, number]>([
    ["a member's id at another address", { nodeId: "friend-a", incarnation: 2 ** 52 }, 4409],
    ["the node's own id", { nodeId: "victim", incarnation: 2 ** 52 }, 4409],
    ["an older life of a member", { nodeId: "friend-a", incarnation: 1 }, 4410],
  ])("[B17] refuses %s, and never changes its mind", async (_what, hello, code) => {
    for (let round = 0; round < 5; round++) expect((await besieged.join(hello)).closed?.code).toBe(code);
  });

  it("[B18] learns no nonsense about its members", async () => {
    const { victim } = besieged;
    const friend = victim.membership.member("friend-a");
    const stranger = await besieged.join();
    const about = { nodeId: "friend-a", incarnation: friend?.incarnation };
    for (const incarnation of [Number.NaN, 2 ** 64, -1, 1.5, Number.POSITIVE_INFINITY, "1", undefined, 2n ** 64n])
      stranger.say(protocol("membership", { kind: "down", ...about, incarnation }));
    stranger.say(
      protocol("membership", { kind: "down", ...about }),
      protocol("membership", { kind: "down", nodeId: "victim", incarnation: victim.membership.self.incarnation }),
      protocol("membership", { kind: "down", ...about, incarnation: 1 }),
      protocol("membership", { kind: "heard", ...about, agoMs: Number.NaN }),
      protocol("membership", { kind: "members", members: [{ host: "no host\n", port: 1 }] }),
      protocol("membership", { kind: "members", members: [{ host: "127.0.0.1", port: 70_000 }] }),
    );
    const members = Array.from({ length: 100_000 }, () => ({ host: "127.0.0.1", port: 1 }));
    for (let at = 0; at < members.length; at += 10_000)
      stranger.say(protocol("membership", { kind: "members", members: members.slice(at, at + 10_000) }));
    await stillLinked(stranger);
    expect(victim.membership.member("friend-a")).toMatchObject({ status: "up", incarnation: friend?.incarnation });
  });

  it.each<[string, Uint8Array]>([
    ["[B19] no value", Buffer.alloc(0)],
    ["[B19] 0xc1", Buffer.from([0xc1])],
    ["[B19] a reserved extension", Buffer.from([0xc7, 1, 0x7f, 0])],
    ["[B19] bytes after the value", Buffer.from([0x90, 0xc0])],
    ["[B20] array32", Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])],
    ["[B20] map32", Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff])],
    ["[B20] str32", Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff])],
    ["[B20] bin32", Buffer.from([0xc6, 0xff, 0xff, 0xff, 0xff])],
    ["[B20] ext32", Buffer.from([0xc9, 0xff, 0xff, 0xff, 0xff, 0x74])],
    ["[B21] 65 levels", repeated([0x91], 65, [1])],
    ["[B21] 1,000 levels", repeated([0x91], 1_000, [1])],
    ["[B21] 100,000 levels", repeated([0x91], 100_000, [1])],
    ["[B22] 200 KB of Error extensions", repeated([0xd4, 0x65, 0, 0x93, 0xa0, 0xa0, 0xc0], 30_000, [])],
    [
      "[B22] an array of 1,100 packed errors",
      Buffer.concat([Buffer.from([0xdc, 0x04, 0x4c]), repeated([0xd4, 0x5e, 0, 0x94, 5, 0xa0, 0xa0, 0xc0], 1_100, [])]),
    ],
    ["[B22] a regular expression", Buffer.from([0xd4, 0x78, 0, 0x92, 0xa6, ...Buffer.from("^(a+)+"), 0xa0])],
    ["[B24] a record definition", Buffer.from([0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1])],
    ["[B24] a record id", Buffer.from([0xd4, 0x72, 0x40])],
    ["[B24] a structured-clone pointer", Buffer.from([0xd6, 0x70, 0, 0, 0, 1])],
    ["[B24] a structured-clone id", Buffer.from([0xd6, 0x69, 0, 0, 0, 1, 0x90])],
    ["[B27] a message that is no array of arguments", encoded({ length: 1 })],
  ])("ends the link of one that sends %s", async (_what, value) => {
    const stranger = await besieged.join();
    const id = besieged.targetId;
    stranger.say(message(messageKind.ask, 1, id, Uint8Array.of(0), 5_000, "echo", value));
    await endsWith(stranger, 4400);
  });

  it("[B21] takes 64 levels", async () => {
    const stranger = await besieged.join();
    const id = besieged.targetId;
    stranger.say(message(messageKind.ask, 1, id, Uint8Array.of(0), 5_000, "echo", repeated([0x91], 64, [1])));
    expect((await answerTo(stranger, 1)).kind).toBe(messageKind.result);
  });

  it("[B23] takes keys that mean something elsewhere as plain data", async () => {
    const [friend] = besieged.friends;
    const odd = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"then":1,"toJSON":2,"hasOwnProperty":3}',
    );
    const echoed = (await friend.actor<Target>("target").ask.echo({ odd })) as { odd: object };
    expect(echoed.odd).toEqual(odd);
    expect(Object.keys(echoed.odd)).toEqual(["__proto__", "constructor", "then", "toJSON", "hasOwnProperty"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    // A value with a `then` in it is a value, and is not awaited.
    const thenable = JSON.parse('{"then":{"then":1}}');
    expect(await friend.actor<Target>("target").ask.echo([thenable])).toEqual([thenable]);
  });

  it("[B25] opens no channel that it does not have", async () => {
    const linkId = new Uint8Array(16).fill(5);
    const stranger = await besieged.join({ linkId });
    await stillLinked(stranger);
    const { incarnation } = besieged.victim.transport.link("stranger")?.peer ?? { incarnation: 0 };
    for (let round = 0; round < 50; round++) {
      const further = await besieged.join({ linkId, incarnation, channel: `x${round}` });
      expect(further.closed?.code).toBe(4404);
    }
    expect((await besieged.join({ linkId, incarnation, channel: "data", connectionIndex: 1 })).closed?.code).toBe(4404);
    await stillLinked(stranger);
    for (let round = 0; round < 10_000; round++) stranger.connection.send(Buffer.from([0x14, 1, 0x61 + (round % 26)]));
    await endsWith(stranger, 4400);
  });

  it("[B26] ignores kinds that it does not know, of messages and of frames", async () => {
    const stranger = await besieged.join();
    for (const kind of [0, 24, 60, 127, 255]) {
      stranger.say(message(kind, 1, 2, 3));
      stranger.connection.send(Uint8Array.of(kind === 24 ? 0x7e : Math.max(kind, 0x20), 1, 2));
    }
    stranger.say(protocol("no such protocol", { kind: "members" }));
    await stillLinked(stranger);
    expect(besieged.victim.transport.link("stranger")?.stats().ignoredFrames).toBe(5);
  });

  it.each([
    "onStart",
    "onStop",
    "constructor",
    "__proto__",
    "_private",
    "toString",
    "hasOwnProperty",
    "receive",
    "nothing",
    "",
  ])("[B26] refuses a call of %j to its caller", async (method) => {
    const stranger = await besieged.join();
    stranger.say(
      ask(1, method, []),
      message(messageKind.tell, besieged.targetId, Uint8Array.of(0), method, encoded([])),
    );
    const { kind, text } = await answerTo(stranger, 1);
    expect([messageKind.error, messageKind.refused]).toContain(kind);
    expect(text).toContain("badMessage");
    await stillLinked(stranger);
  });

  it("[B26] audits a member that calls what it may not once a minute, and counts the rest, its own count too", async () => {
    const stranger = await besieged.join({ nodeId: "caller" });
    const { transport } = besieged.victim;
    const before = transport.stats().refusedMessages;
    const id = besieged.targetId;
    const none = encoded([]);
    const tell = message(messageKind.tell, id, Uint8Array.of(0), "nothing", none);
    for (let round = 0; round < 10; round++) stranger.say(...Array<Uint8Array>(100).fill(tell));
    for (let round = 0; round < 100; round++) stranger.say(protocol("membership", { kind: "nonsense" }));
    for (let request = 1; request <= 10; request++) stranger.say(ask(request, "onStart", []));
    stranger.say(message(messageKind.openStream, 1, id, Uint8Array.of(0), "nothing", none));
    await stillLinked(stranger);
    const { refusedMessages, offences } = transport.stats();
    expect(refusedMessages - before).toBe(1_111);
    expect(offences.caller).toEqual({ refusedMessages: 1_111, malformedLinks: 0 });
    expect(offences["friend-a"]).toBeUndefined();
    const events = besieged.audited.filter((event) => event.kind === "messageRefused" && event.nodeId === "caller");
    expect(events).toEqual([
      expect.objectContaining({ method: "nothing", code: "badMessage", reason: expect.stringContaining("no message") }),
    ]);
    const lines = besieged.logged.filter(
      ({ event, fields }) => event === "message refused" && fields.nodeId === "caller",
    );
    expect(lines).toHaveLength(1);
  });

  it("[B26] lets nobody reach an actor that was never given away, in any way, and audits who tries", async () => {
    const hidden = besieged.victim.spawn(Target);
    const id = besieged.victim.system.cellOf(hidden)?.id ?? 0;
    const stranger = await besieged.join({ nodeId: "guesser" });
    const none = encoded([]);
    stranger.say(
      message(messageKind.ask, 1, id, Uint8Array.of(0), 5_000, "total", none),
      message(messageKind.tell, id, Uint8Array.of(0), "total", none),
      message(messageKind.send, id, Uint8Array.of(0), none),
      message(messageKind.openStream, 2, id, Uint8Array.of(0), "total", none),
      message(messageKind.watch, 3, id),
      message(messageKind.link, 4, id),
      message(messageKind.exit, 4, id, encoded("kill")),
      // There is no such actor: that is what happens to refs of those that have ended.
      message(messageKind.ask, 5, 2 ** 40, Uint8Array.of(0), 5_000, "total", none),
    );
    expect((await answerTo(stranger, 1)).text).toContain("noproc");
    expect((await answerTo(stranger, 5)).text).toContain("noproc");
    await stillLinked(stranger);
    expect(besieged.victim.system.cellOf(hidden)?.isAlive).toBe(true);
    expect(besieged.victim.transport.stats().offences.guesser?.refusedMessages).toBe(7);
    const events = besieged.audited.filter((event) => event.kind === "messageRefused" && event.nodeId === "guesser");
    expect(events).toEqual([expect.objectContaining({ code: "notExposed", method: "total", notReported: 0 })]);
  });

  it("[B19] writes one line a minute about a member that comes back with malformed bytes, and counts the rest", async () => {
    for (let round = 0; round < 20; round++) {
      const stranger = await besieged.join({ nodeId: "stammerer" });
      stranger.say(
        message(messageKind.ask, 1, besieged.targetId, Uint8Array.of(0), 5_000, "echo", Buffer.from([0xc1])),
      );
      await endsWith(stranger, 4400);
    }
    const { malformedLinks, offences } = besieged.victim.transport.stats();
    expect(malformedLinks).toBeGreaterThanOrEqual(20);
    expect(offences.stammerer).toEqual({ refusedMessages: 0, malformedLinks: 20 });
    const lines = besieged.logged.filter(({ level, fields }) => level !== "info" && fields.nodeId === "stammerer");
    expect(lines.map(({ event }) => event)).toEqual(["link closed: malformed bytes"]);
    expect(besieged.audited.filter((event) => event.kind === "malformed" && event.nodeId === "stammerer")).toHaveLength(
      1,
    );
  });

  it("[B27] takes no name that is none, and ends the link for one that cannot be", async () => {
    const stranger = await besieged.join();
    const { incarnation } = besieged.victim.transport.link("stranger")?.peer ?? { incarnation: 0 };
    const before = besieged.victim.registry.size;
    for (const name of ["", "x".repeat(256), "a\nb", "a\0", 7, null, { length: 1 }]) {
      const registration = { name, actorId: 1, epoch: 1, stamp: [1, 1] };
      stranger.say(
        protocol("registry", { kind: "delta", incarnation, from: 0, changes: [{ kind: "taken", registration }] }),
      );
      stranger.say(protocol("supervision", { hosts: [name] }));
    }
    await stillLinked(stranger);
    expect(besieged.victim.registry.size).toBe(before);
    stranger.say(ask(1, "x".repeat(256), []));
    await endsWith(stranger, 4400);
  });

  it("[B27] forgets the monitors of a member with its link, however many there were", async () => {
    const stranger = await besieged.join();
    const session = () => {
      const { peer } = besieged.victim.transport.link("stranger") ?? {};
      return peer && besieged.victim.membership.messages.session("stranger", peer.incarnation);
    };
    const id = besieged.targetId;
    for (let at = 0; at < 20_000; at += 1_000)
      stranger.say(...Array.from({ length: 1_000 }, (_, i) => message(messageKind.watch, at + i, id)));
    await until(() => session()?.watches.openHere === 20_000);
    await stillLinked(stranger);
    const held = session();
    stranger.connection.terminate();
    await until(() => session() === undefined);
    expect(held?.watches.openHere).toBe(0);
  });

  it("[B28] drops answers that nobody has asked for, and those to others' asks", async () => {
    const stranger = await besieged.join();
    const { messages } = besieged.victim.membership;
    const before = messages.stats().droppedAnswers;
    for (const kind of [messageKind.result, messageKind.error, messageKind.down, messageKind.streamItem])
      for (const request of [0, 1, 2, 3, 2 ** 53 - 1]) stranger.say(message(kind, request, encoded("forged")));
    stranger.say(
      message(messageKind.refused, 1, "noproc", "forged"),
      message(messageKind.streamStarted, 1),
      message(messageKind.streamEnd, 1),
      message(messageKind.streamError, 1, encoded("forged")),
    );
    await stillLinked(stranger);
    expect(messages.stats().droppedAnswers - before).toBe(24);
    const { incarnation } = besieged.victim.transport.link("stranger")?.peer ?? { incarnation: 0 };
    stranger.connection.terminate();
    await until(() => messages.session("stranger", incarnation) === undefined);
    expect(messages.stats().droppedAnswers - before).toBe(24);
  });

  it("[B29] checks arguments before they get to the actor", async () => {
    const [friend] = besieged.friends;
    const target = friend.actor<Target>("target");
    const before = await target.ask.total();
    for (const bad of ["1", null, Number.NaN, {}, undefined])
      await expect(target.ask.add(bad as number)).rejects.toMatchObject({ code: "badMessage" });
    await expect((target.ask.add as (...all: unknown[]) => Promise<number>)(1, 2)).rejects.toMatchObject({
      code: "badMessage",
    });
    expect(await target.ask.total()).toBe(before);
  });

  it("[B30] waits as long as it was told to, and never by accident for a millisecond", async () => {
    const [friend] = besieged.friends;
    const target = friend.actor<Target>("target");
    for (const timeoutMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])
      await expect(async () => target.with({ timeoutMs }).ask.total()).rejects.toMatchObject({ code: "invalidOption" });
    expect(await target.with({ timeoutMs: 86_400_000 }).ask.echo("late")).toBe("late");
    const stranger = await besieged.join();
    for (const [request, patience] of [0, 1, 2 ** 31, 2 ** 53 - 1].entries()) {
      stranger.say(ask(request + 1, "echo", ["x"], patience));
      expect((await answerTo(stranger, request + 1)).kind).toBe(messageKind.result);
    }
  });

  it("[B31][B32] carries every value as the table says", async () => {
    const target = besieged.friends[0].actor<Target>("target");
    const values: unknown[] = [
      [Number.NaN, Number.POSITIVE_INFINITY, -0, undefined, 2n ** 64n, -(2n ** 200n), "\ud800", "\ufeffx"],
      [new Date(8.64e15), new Date(-8.64e15), new Date(Number.NaN)],
      new Map<unknown, unknown>([
        [1, "a"],
        ["1", "b"],
        [{ key: 1 }, new Set([1, "1"])],
      ]),
      [new Float64Array([1.5, Number.NaN]), new BigInt64Array([-1n]), new DataView(new ArrayBuffer(3))],
      Buffer.from("a slice of something").subarray(2, 7),
    ];
    for (const value of values) expect(await target.ask.echo(value)).toEqual(value);
    const sparse = await target.ask.echo(new Array(3));
    expect(sparse).toEqual([undefined, undefined, undefined]);
    // Random, since what lies beside the copy is memory of this process that may hold any other value.
    const whole = randomBytes(64);
    const slices = [whole.subarray(16, 32), new Uint8Array(whole.buffer, whole.byteOffset + 16, 16)];
    for (const slice of [...slices, new DataView(whole.buffer, whole.byteOffset + 16, 16)]) {
      const echoed = (await target.ask.echo(slice)) as Uint8Array | DataView;
      expect(echoed).toEqual(slice);
      const reachable = Buffer.from(echoed.buffer);
      expect(reachable.includes(whole.subarray(0, 16))).toBe(false);
      expect(reachable.includes(whole.subarray(32, 48))).toBe(false);
    }
  });

  it.each<[string, () => unknown, string]>([
    ["a function", () => ({ deep: [() => 1] }), "$[0].deep[0]"],
    ["a symbol", () => Symbol("x"), "$[0]"],
    ["a promise", () => [Promise.resolve(1)], "$[0][0]"],
    ["a Proxy", () => new Proxy({}, {}), "$[0]"],
    ["an instance", () => ({ user: new (class User {})() }), "$[0].user"],
    [
      "a getter that throws",
      () => ({
        get bad(): never {
          throw new Error("no");
        },
      }),
      "$[0].bad",
    ],
    [
      "a cycle",
      () => {
        const cycle: { self?: unknown } = {};
        cycle.self = cycle;
        return cycle;
      },
      "$[0].self",
    ],
    ["shared memory", () => new Uint8Array(new SharedArrayBuffer(8)), "$[0]"],
  ])("[B33][B32] refuses %s in the sender's call, with its path", async (_what, make, path) => {
    const [friend] = besieged.friends;
    const link = friend.transport.link("victim");
    const target = friend.actor<Target>("target");
    expect(() => target.tell.echo(make())).toThrow(
      expect.objectContaining({ code: "notSerializable", message: expect.stringContaining(path) }),
    );
    await expect(target.ask.echo(make())).rejects.toMatchObject({ code: "notSerializable" });
    expect(friend.transport.link("victim")).toBe(link);
  });

  it("[B34] sends of an error its name, message, code and four causes, and no stack", async () => {
    // It crashes with its error, so it is another one than everybody talks to.
    besieged.victim.spawn(Target, { name: "failing" });
    const [friend] = besieged.friends;
    await until(() => friend.registry.owner("failing") !== undefined);
    const error = await friend
      .actor<Target>("failing")
      .ask.fail()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "AggregateError", message: "all failed", code: "E_ALL" });
    const chain: string[] = [];
    for (let at: unknown = error; at instanceof Error; at = at.cause) chain.push(at.message);
    expect(chain).toEqual(["all failed", "cause 1", "cause 2", "cause 3"]);
    // The frames are those that asked, here.
    const [text, asked, ...frames] = ((error as Error).stack ?? "").split("\n");
    expect([text, asked]).toEqual(["AggregateError: all failed", "    at fail() of name:failing, asked from"]);
    expect(
      frames.filter((frame) => !frame.includes("security-members.test.ts") && !frame.includes("node_modules")),
    ).toEqual([]);
  });

  it("[B35] shows its secret to nobody", async () => {
    const { victim, logged, audited } = besieged;
    const shown = [victim, victim.transport, victim.membership, logged, audited].map((value) =>
      inspect(value, { depth: 20, showHidden: true }),
    );
    expect(shown.filter((text) => text.includes(secret))).toEqual([]);
    expect(JSON.stringify(victim.transport.stats())).not.toContain(secret);
    expect(() => victim.transport.rotateSecret([secret, ""])).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(secret) }),
    );
  });
});
