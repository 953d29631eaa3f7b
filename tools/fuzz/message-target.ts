import { type ActorRef, silentLog, systemRuntime } from "@foundation/actor";
import { Actor, Foundation, type Node } from "@foundation/runtime";
import { ByteWriter, Codec, MemoryNetwork, MemoryTransport } from "@foundation/transport";
import { messageKind } from "../../packages/cluster/src/remote/message-kind.ts";
import { SeededRandom } from "../../packages/testkit/src/world/seeded-random.ts";
import { Stranger } from "./stranger.ts";
import { Finding, type FuzzTarget } from "./target.ts";
import { randomValue } from "./values.ts";

const secret = "the secret of the fuzzer";
/** Inputs between two looks at whether the node still does its work. */
const healthEvery = 64;
const codec = new Codec();

class Echo extends Actor {
  echo(value: unknown): unknown {
    return value;
  }
  async *count(): AsyncGenerator<number> {
    yield 1;
  }
  override receive(): void {}
}

/**
 * Messages of a faulty or hostile member to a complete node with healthy links: calls, answers, signals, streams, and what the
 * parts of nodes say to each other.
 */
export class MessageTarget implements FuzzTarget {
  readonly name = "message";
  readonly captures: readonly Uint8Array[];
  readonly #network: MemoryNetwork;
  readonly #nodes: Node[];
  #stranger: Stranger | undefined;
  #incarnation = 1;
  #inputs = 0;

  private constructor(nodes: Node[], network: MemoryNetwork) {
    this.#nodes = nodes;
    this.#network = network;
    const random = new SeededRandom(1, "captures of messages");
    this.captures = Object.values(messageKind).flatMap((kind) => [0, 1, 2].map(() => messageOf(kind, random)));
  }

  static async open(): Promise<MessageTarget> {
    const network = new MemoryNetwork(systemRuntime({ log: silentLog }));
    const start = (name: string): Promise<Node> =>
      Foundation.start({
        name,
        cluster: "none",
        secret,
        transport: new MemoryTransport(network, "127.0.0.1"),
        runtime: network.runtime,
        // A stranger that falls silent is not to be declared dead: its next connection would be refused.
        failureDetector: { suspectAfterMs: 500_000, downAfterMs: 600_000 },
      });
    const nodes = [await start("victim"), await start("friend")];
    const [victim, friend] = nodes as [Node, Node];
    // A member may take a name and end an actor; these two are there for that.
    victim.spawn(Echo, { name: "echo" });
    victim.spawn(Echo, { name: "a" });
    await friend.transport.connect(victim.transport.address);
    await Promise.all(nodes.map((node) => node.ready({ size: 2 })));
    return new MessageTarget(nodes, network);
  }

  generate(random: SeededRandom): Uint8Array {
    return messageOf(random.pick(Object.values(messageKind)), random);
  }

  async read(input: Uint8Array): Promise<void> {
    if (this.#stranger === undefined || this.#stranger.closed) await this.#join();
    this.#stranger?.say(input);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (++this.#inputs % healthEvery === 0) await this.#checkHealth();
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.stop()));
  }

  async #join(): Promise<void> {
    const [victim] = this.#nodes as [Node];
    const incarnation = ++this.#incarnation;
    this.#stranger = await Stranger.join({
      transport: new MemoryTransport(this.#network, "127.0.0.1"),
      address: victim.transport.address,
      secret,
      hello: { nodeId: "stranger", incarnation },
    });
    if (this.#stranger.closed) throw new Finding(`a member was refused with ${this.#stranger.closed.code}`);
    // What the stranger can answer: asks, a stream and a watch, each from number 1 on.
    const { messages } = victim.membership;
    const ref = messages.ref(["stranger", incarnation, 1]) as ActorRef<Echo>;
    for (let i = 0; i < 3; i++) ref.ask.echo(i).catch(() => {});
    void drain(ref).catch(() => {});
    messages.session("stranger", incarnation)?.watches.watch(1, () => {});
  }

  /** A member that did nothing wrong is still linked, and gets its answers. */
  async #checkHealth(): Promise<void> {
    const [victim, friend] = this.#nodes as [Node, Node];
    const name = `healthy ${this.#inputs}`;
    const actor = victim.spawn(Echo, { name });
    await waitFor(() => friend.registry.owner(name) !== undefined);
    const answer = await friend.actor<Echo>(name).ask.echo(this.#inputs);
    if (answer !== this.#inputs) throw new Finding("a healthy member got another's answer");
    victim.system.cellOf(actor)?.kill();
  }
}

async function waitFor(condition: () => boolean): Promise<void> {
  const endAt = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > endAt) throw new Finding("a healthy member is not told of a new name");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function drain(ref: ActorRef<Echo>): Promise<void> {
  for await (const _item of ref.stream.count());
}

const names = [
  "echo",
  "count",
  "receive",
  "onStart",
  "onStop",
  "constructor",
  "__proto__",
  "toString",
  "_private",
  "then",
  "",
  "x".repeat(300),
];
const numbers = [0, 1, 1, 1, 2, 3, 4, 100, 2 ** 31, 2 ** 32, 2 ** 53 - 1];

function messageOf(kind: number, random: SeededRandom): Uint8Array {
  const writer = new ByteWriter();
  const number = (): void => writer.varint(random.pick(numbers));
  const value = (): void => codec.encode(randomValue(random), writer);
  const call = (): void => {
    writer.u8(random.integer(0, 3));
    if (kind === messageKind.ask) writer.varint(random.pick(numbers));
    writer.string(random.pick(names));
    codec.encode(random.chance(0.9) ? [randomValue(random)] : randomValue(random), writer);
  };
  writer.u8(kind);
  if (kind === messageKind.protocol) {
    writer.string(random.pick(["membership", "registry", "supervision", "x"]));
    codec.encode(random.chance(0.8) ? protocolPayload(random) : randomValue(random), writer);
    return writer.bytes().slice();
  }
  if (kind !== messageKind.ping && kind !== messageKind.pong) number();
  switch (kind) {
    case messageKind.tell:
      call();
      break;
    case messageKind.ask:
    case messageKind.openStream:
      number();
      call();
      break;
    case messageKind.send:
      writer.u8(random.integer(0, 3));
      value();
      break;
    case messageKind.refused:
      writer.string(random.pick(["noproc", "overloaded", ""]));
      writer.string("a text");
      break;
    case messageKind.linkedExit:
    case messageKind.exit:
      number();
      value();
      break;
    case messageKind.result:
    case messageKind.error:
    case messageKind.down:
    case messageKind.streamItem:
    case messageKind.streamError:
      value();
      break;
    case messageKind.watch:
    case messageKind.streamCredit:
    case messageKind.link:
    case messageKind.unlink:
      number();
  }
  return writer.bytes().slice();
}

/** What the parts of nodes say to each other, with fields that are wrong in kind or size. */
function protocolPayload(random: SeededRandom): unknown {
  const odd = (): unknown => (random.chance(0.2) ? randomValue(random) : random.pick(numbers));
  const name = (): unknown =>
    random.chance(0.2)
      ? randomValue(random)
      : random.pick(["echo", "a", "__proto__", "victim", "friend", "x".repeat(256)]);
  const list = (make: () => unknown): unknown =>
    random.chance(0.1) ? randomValue(random) : Array.from({ length: random.integer(0, 5) }, make);
  const stamp = (): unknown => (random.chance(0.2) ? randomValue(random) : [odd(), odd()]);
  const registration = (): unknown => ({
    name: name(),
    actorId: odd(),
    epoch: odd(),
    stamp: stamp(),
    ...(random.chance(0.5) && { channels: odd() }),
  });
  const classes = (): unknown => list(() => ({ channel: name(), channels: { method: name() } }));
  return random.pick<() => unknown>([
    () => ({
      kind: "members",
      members: list(() => ({ host: random.pick(["127.0.0.1", "", "no host\n", "::1"]), port: odd() })),
    }),
    () => ({ kind: "leaving" }),
    () => ({
      kind: random.pick(["down", "inquire"]),
      nodeId: random.pick(["victim", "friend", "nobody"]),
      incarnation: odd(),
    }),
    () => ({ kind: "heard", nodeId: name(), incarnation: odd(), agoMs: random.pick([null, -1, Number.NaN, 1]) }),
    () => ({
      kind: "delta",
      incarnation: odd(),
      from: odd(),
      changes: list(() => ({ kind: "taken", registration: registration() })),
      classes: classes(),
    }),
    () => ({
      kind: "full",
      incarnation: odd(),
      version: odd(),
      part: odd(),
      isLast: true,
      registrations: list(registration),
      classes: classes(),
    }),
    () => ({ kind: "request" }),
    () => ({ hosts: list(name), epochs: list(() => [name(), odd()]), isComplete: true }),
    () => ({
      specs: list(() => ({
        name: name(),
        className: "Echo",
        args: list(odd),
        state: "wanted",
        revision: odd(),
        stamp: stamp(),
      })),
    }),
    () => ({ confirm: { name: name(), token: odd() }, confirmed: { name: name(), token: odd(), isHosted: true } }),
  ])();
}
