// What the protocol reference shows as examples, made by the code itself. Printed by: node --conditions=@foundation/source
// test/support/protocol-vectors.ts
import { silentLog, systemRuntime } from "@foundation/actor";
import { Actor, type ActorRef, Foundation, type Node } from "@foundation/runtime";
import { ByteWriter, Codec, MemoryNetwork, MemoryTransport } from "@foundation/transport";
import { messageKind } from "../../packages/cluster/src/remote/message-kind.ts";
import {
  HandshakeInitiator,
  type HandshakeOptions,
  HandshakeResponder,
} from "../../packages/transport/src/handshake/handshake.ts";
import type { Hello } from "../../packages/transport/src/handshake/hello.ts";
import { countFrame, frameKind, textFrame } from "../../packages/transport/src/link/frame.ts";
import { Stranger } from "../../tools/fuzz/stranger.ts";
import { batchedMessages } from "./batched-messages.ts";
import { message } from "./besieged.ts";
import { until } from "./until.ts";

/** One example: what it is, and its bytes in hexadecimal. */
export type Vector = readonly [what: string, hex: string];

const secret = "0123456789abcdef";
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const encoded = (value: unknown): Uint8Array => {
  const writer = new ByteWriter();
  new Codec().encode(value, writer);
  return writer.bytes().slice();
};

/** A handshake with everything that is random in it fixed. */
export function handshakeVectors(): Vector[] {
  const [a, b] = [side("a", 0xa1), side("b", 0xb2)];
  return [
    ["secret (text)", hex(Buffer.from(secret))],
    ...handshake(a, b, ""),
    ...handshake({ ...a, tlsBinding }, { ...b, tlsBinding }, ", in a TLS session whose binding is 32 bytes cc").slice(
      2,
    ),
  ];
}

const tlsBinding = new Uint8Array(32).fill(0xcc);

function side(nodeId: string, nonce: number): HandshakeOptions {
  const hello: Omit<Hello, "role"> = {
    versions: { min: 1, max: 1 },
    cluster: "shop",
    nodeId,
    incarnation: 1_700_000_000_000,
    address: { host: "127.0.0.1", port: 7450 },
    linkId: new Uint8Array(16).fill(0x11),
    channel: "control",
    connectionIndex: 0,
    nonce: new Uint8Array(32).fill(nonce),
  };
  return { secrets: [Buffer.from(secret)], hello };
}

function handshake(a: HandshakeOptions, b: HandshakeOptions, where: string): Vector[] {
  const [initiator, responder] = [new HandshakeInitiator(a), new HandshakeResponder(b)];
  responder.receive(initiator.hello());
  initiator.receive(responder.hello());
  const proof = initiator.proof();
  const outlived = initiator.outlived(1_800_000_000_000);
  if (responder.receive(proof).kind !== "verified") throw new Error("the handshake failed");
  if (initiator.receive(responder.proof()).kind !== "verified") throw new Error("the handshake failed");
  return [
    ["initiator's hello", hex(initiator.hello())],
    ["responder's hello", hex(responder.hello())],
    [`initiator's proof${where}`, hex(proof)],
    [`responder's proof${where}`, hex(responder.proof())],
    [`or the initiator's statement that lives up to 1800000000000 are over${where}`, hex(outlived)],
  ];
}

/** Frames of every kind but packed ones, whose bytes depend on the version of zlib. */
export function frameVectors(): Vector[] {
  const chunk = (head: Uint8Array, length: number): string => `${hex(head)} and ${length} bytes of the message`;
  return [
    ["batch of pong and an unknown message of kind 60", `${hex(Uint8Array.of(frameKind.batch))}010c023c00`],
    [
      "first of two chunks of a message of 70,000 bytes",
      chunk(Uint8Array.of(frameKind.firstChunk, 0xf0, 0xa2, 0x04), 65_536),
    ],
    ["the other one", chunk(Uint8Array.of(frameKind.chunk), 4_464)],
    ["credit for 3 frames", hex(countFrame(frameKind.credit, 3))],
    ["open data", hex(textFrame(frameKind.open, "data"))],
    ["goodbye, node stopped", hex(textFrame(frameKind.goodbye, "node stopped"))],
    ["probe", hex(Uint8Array.of(frameKind.probe))],
    ["probed", hex(Uint8Array.of(frameKind.probed))],
    ["resume: 300 messages have arrived", hex(countFrame(frameKind.resume, 300))],
    ["acknowledge: 301", hex(countFrame(frameKind.acknowledge, 301))],
    ["packed by zstd: a batch of 36 messages of 16 bytes 10", "1802e50428b52ffd0040" + "2b1300" + "10"],
  ];
}

/** Values of every row of the value table. */
export function valueVectors(): Vector[] {
  const error = Object.assign(new RangeError("too far", { cause: new Error("why") }), { code: "E_FAR" });
  const values: readonly (readonly [string, unknown])[] = [
    ["null", null],
    ["true", true],
    ["-1", -1],
    ["128", 128],
    ["2^53 - 1", 2 ** 53 - 1],
    ["0.5", 0.5],
    ["0.1", 0.1],
    ["NaN", Number.NaN],
    ["-0", -0],
    ['"ü"', "ü"],
    ["a lone surrogate d800", "\ud800"],
    ["[1, undefined]", [1, undefined]],
    ["{ a: 1 }", { a: 1 }],
    ["{ __proto__: 1 } as own key", JSON.parse('{"__proto__":1}')],
    ["7n", 7n],
    ["2n ** 64n", 2n ** 64n],
    ["Date 1700000000123", new Date(1_700_000_000_123)],
    ["invalid Date", new Date(Number.NaN)],
    ['Map { 1 => "x" }', new Map([[1, "x"]])],
    ["Set { 1, 2 }", new Set([1, 2])],
    ["Buffer 01 02", Buffer.from([1, 2])],
    ["Uint16Array 258 (little-endian sender)", new Uint16Array([258])],
    ["RangeError with code and cause", error],
  ];
  return values.map(([what, value]) => [what, hex(encoded(value))]);
}

class Sample extends Actor {
  greet(name: string): string {
    return `hello ${name}`;
  }
  async *count(): AsyncGenerator<number> {
    yield 1;
  }
  async *refuse(): AsyncGenerator<number> {
    yield* [];
    throw new RangeError("no");
  }
  tie(how: "link" | "unlink" | "exit", other: ActorRef): void {
    if (how === "exit") this.context.exit(other, "shutdown");
    else this.context[how](other);
  }
  end(): void {
    this.context.stop("shutdown");
  }
  meet(..._others: unknown[]): void {}
}

class Uploads extends Actor {
  static readonly channel = "data";
  static readonly channels = { status: "control" };
  status(): void {}
}

/**
 * Messages of every kind, as a node sends them to a peer that is no node: it speaks by this reference alone. The node's clock
 * stands still, so that an ask waits exactly 5,000 ms.
 */
export async function messageVectors(): Promise<Vector[]> {
  const runtime = { ...systemRuntime({ log: silentLog }), now: () => 0, wallTime: () => 1_700_000_000_000 };
  const network = new MemoryNetwork(runtime);
  const transport = (): MemoryTransport => new MemoryTransport(network, "127.0.0.1");
  const node = await Foundation.start({
    name: "node",
    cluster: "none",
    secret,
    runtime,
    transport: transport(),
  });
  try {
    const actor = node.spawn(Sample, { name: "sample" });
    const stranger = await Stranger.join({
      transport: transport(),
      address: node.transport.address,
      secret,
      hello: {},
    });
    return await converse(node, stranger, actor);
  } finally {
    await node.stop();
  }
}

async function converse(node: Node, stranger: Stranger, actor: ActorRef<Sample>): Promise<Vector[]> {
  const vectors = new Map<string, string>();
  let seen = 0;
  /** Waits for a message of this kind; what comes before it was shown already. */
  const expect = async (kind: keyof typeof messageKind, what: string): Promise<void> => {
    const find = (): number =>
      batchedMessages(stranger).findIndex(([first], at) => at >= seen && first === messageKind[kind]);
    await until(
      () => find() >= 0,
      () => [kind, stranger.closed, batchedMessages(stranger).map(hex)],
    );
    seen = find();
    const found = batchedMessages(stranger)[seen] as Uint8Array;
    vectors.set(`${kind}: ${what}`, hex(found));
  };
  const { messages } = node.membership;
  await until(() => messages.session("stranger", 1) !== undefined);
  const session = messages.session("stranger", 1);
  const theirs = messages.ref(["stranger", 1, 7]) as ActorRef<Sample>;
  const id = node.system.cellOf(actor)?.id ?? 0;
  const ask = (request: number, method: string, args: readonly unknown[] = []): void =>
    stranger.say(message(messageKind.ask, request, id, Uint8Array.of(0), 5_000, method, encoded(args)));

  theirs.tell.greet("ann");
  await expect("tell", 'greet("ann") to actor 7');
  theirs.ask.greet("ann").catch(() => {});
  await expect("ask", 'greet("ann") of actor 7, request 1, waits 5,000 ms');
  theirs.send({ a: 1 });
  await expect("send", "{ a: 1 } to actor 7");
  ask(1, "greet", ["bob"]);
  await expect("result", '"hello bob" to request 1');
  ask(2, "nothing");
  await expect("error", "there is no such method, to request 2");
  stranger.say(message(messageKind.ask, 3, 999, Uint8Array.of(0), 0, "greet", encoded([])));
  await expect("refused", "there is no actor 999, to request 3");
  const unwatch = session?.watches.watch(7, () => {});
  await expect("watch", "actor 7, watch 1");
  unwatch?.();
  await expect("unwatch", "watch 1");
  stranger.say(message(messageKind.watch, 4, 999));
  await expect("down", "watch 4: noproc");
  stranger.say(message(messageKind.ping));
  await expect("pong", "");
  const reader = theirs.with({ channel: "control" }).stream.count()[Symbol.asyncIterator]();
  const first = reader.next();
  await expect("openStream", "count() of actor 7, stream 1");
  await expect("streamCredit", "as many items may come");
  stranger.say(message(messageKind.streamStarted, 1), message(messageKind.streamItem, 1, encoded(5)));
  await first;
  void reader.return?.();
  await expect("streamCancel", "its reader has left");
  const open = (stream: number, method: string): void =>
    stranger.say(
      message(messageKind.openStream, stream, id, Uint8Array.of(0), method, encoded([])),
      message(messageKind.streamCredit, stream, 8),
    );
  open(5, "count");
  await expect("streamStarted", "stream 5");
  await expect("streamItem", "1");
  await expect("streamEnd", "");
  open(6, "refuse");
  await expect("streamError", "RangeError: no");
  stranger.say(message(messageKind.roomWanted, 7, id));
  await expect("room", "question 7");
  const paced = theirs.with({ channel: "control" });
  await paced.ready();
  for (let sent = 0; sent < 5; sent++) paced.tell.greet("a".repeat(60_000));
  paced.ready().catch(() => {});
  await expect("roomWanted", "of actor 7, question 1");
  const other = node.spawn(Sample);
  for (const kind of ["link", "unlink", "exit"] as const) {
    other.tell.tie(kind, theirs);
    await expect(kind, `of actor ${node.system.cellOf(other)?.id} to actor 7${kind === "exit" ? ": shutdown" : ""}`);
  }
  other.tell.tie("link", theirs);
  other.tell.end();
  await expect("linkedExit", "shutdown");
  const [sample, uploads] = [node.spawn(Sample), node.spawn(Uploads)];
  theirs.tell.meet(node.actor("sample"), sample, uploads);
  const [id3, id4] = [sample, uploads].map((ref) => node.system.cellOf(ref as ActorRef<object>)?.id);
  const refs = `refs by the name sample, to actor ${id3}, and to actor ${id4}, whose class names channels`;
  await expect("tell", `meet(…) to actor 7: ${refs}`);
  return [...vectors];
}

/** Examples as the protocol reference shows them. */
export function showVectors(vectors: readonly Vector[]): string {
  const lines = vectors.map(([what, bytes]) => `${what}\n${bytes.replace(/.{1,112}/g, "    $&\n")}`);
  return `\`\`\`text\n${lines.join("")}\`\`\``;
}

if (import.meta.main) {
  for (const vectors of [handshakeVectors(), frameVectors(), await messageVectors(), valueVectors()]) {
    process.stdout.write(`${showVectors(vectors)}\n\n`);
  }
}
