// A listening node that tests attack, beside members that did nothing wrong and must not notice.
import { createLog, type LogEvent, systemRuntime } from "@foundation/actor";
import { Actor, type AuditEvent, Foundation, type Node } from "@foundation/runtime";
import { ByteWriter, type Link, type PeerAddress, WebSocketTransport } from "@foundation/transport";
import type { Hello } from "../../packages/transport/src/handshake/hello.ts";
import { Stranger } from "../../tools/fuzz/stranger.ts";
import { until } from "./until.ts";

export const secret = "the secret of the besieged";

/** A schema of arguments, as any library of schemas would make it. */
function argumentsThat(what: string, isRight: (args: readonly unknown[]) => boolean) {
  return {
    "~standard": {
      version: 1,
      vendor: "tests",
      validate: (value: unknown) =>
        isRight(value as readonly unknown[])
          ? { value }
          : { issues: [{ message: `arguments have to be such that they ${what}` }] },
    },
  } as const;
}

/** What everybody talks to. */
export class Target extends Actor {
  static readonly protocol = {
    echo: argumentsThat("are one value", (args) => args.length === 1),
    add: argumentsThat("are one finite number", (args) => args.length === 1 && Number.isFinite(args[0])),
    total: argumentsThat("are none", (args) => args.length === 0),
    fail: argumentsThat("are none", (args) => args.length === 0),
  };
  #total = 0;
  echo(value: unknown): unknown {
    return value;
  }
  add(amount: number): number {
    this.#total += amount;
    return this.#total;
  }
  total(): number {
    return this.#total;
  }
  fail(): never {
    let error: Error = new RangeError("cause 7");
    for (let depth = 6; depth > 0; depth--) error = new Error(`cause ${depth}`, { cause: error });
    throw Object.assign(new AggregateError([new Error("part")], "all failed", { cause: error }), { code: "E_ALL" });
  }
}

/** One victim and two members beside it, all in this process and over real sockets. */
export class Besieged {
  readonly victim: Node;
  readonly friends: readonly [Node, Node];
  readonly logged: LogEvent[];
  readonly audited: AuditEvent[];
  /** The number of the actor that everybody may reach. */
  readonly targetId: number;
  readonly #links: readonly (Link | undefined)[];
  readonly #startedAt = performance.now();
  readonly #failures: unknown[] = [];
  #answers = 0;
  #isOver = false;
  #traffic: Promise<unknown> = Promise.resolve();
  #incarnation = 1;

  private constructor(nodes: [Node, Node, Node], targetId: number, [logged, audited]: [LogEvent[], AuditEvent[]]) {
    const [victim, ...friends] = nodes;
    this.targetId = targetId;
    this.victim = victim;
    this.friends = friends;
    this.logged = logged;
    this.audited = audited;
    this.#links = friends.map((friend) => friend.transport.link("victim"));
  }

  static async open(): Promise<Besieged> {
    const [logged, audited]: [LogEvent[], AuditEvent[]] = [[], []];
    const common = { cluster: "none", secret } as const;
    const victim = await Foundation.start({
      ...common,
      name: "victim",
      log: createLog((event) => void logged.push(event)),
      audit: (event) => void audited.push(event),
      actors: [Target],
    });
    const targetId = victim.system.cellOf(victim.spawn(Target, { name: "target" }))?.id ?? 0;
    const seeds = [`127.0.0.1:${victim.transport.address.port}`];
    const start = (name: string): Promise<Node> => Foundation.start({ ...common, name, seeds, logLevel: "silent" });
    const nodes: [Node, Node, Node] = [victim, await start("friend-a"), await start("friend-b")];
    await Promise.all(nodes.map((node) => node.ready({ size: 3 })));
    await until(() => nodes.every((node) => node.registry.owner("target") !== undefined));
    const besieged = new Besieged(nodes, targetId, [logged, audited]);
    const talk = besieged.friends.map((friend) =>
      besieged.#talk(friend).catch((error) => void besieged.#failures.push(error)),
    );
    besieged.#traffic = Promise.all(talk);
    return besieged;
  }

  get address(): PeerAddress {
    return this.victim.transport.address;
  }

  /** Connections that the victim has refused so far. */
  get refused(): number {
    return this.victim.transport.stats().refusedConnections;
  }

  /** The links of those beside it are the ones from the start, and answers come; one line a minute in the log at most. */
  async checkHealth(): Promise<void> {
    const before = this.#answers;
    await until(() => this.#answers >= before + 20 || this.#failures.length > 0);
    if (this.#failures.length > 0)
      throw new AggregateError(this.#failures, `asks have failed: ${this.#failures.join(", ")}`);
    for (const [index, friend] of this.friends.entries()) {
      const link = friend.transport.link("victim");
      if (link !== this.#links[index] || !link?.isOpen) throw new Error(`${friend.name} has lost its link`);
    }
    const members = this.victim.members().filter(({ nodeId }) => /^(victim|friend-.)$/.test(nodeId));
    if (members.some(({ status }) => status !== "up")) throw new Error(`not all are up: ${JSON.stringify(members)}`);
    const minutes = 1 + Math.floor((performance.now() - this.#startedAt) / 60_000);
    const lines = this.logged.filter(({ event }) => event === "connection refused");
    if (lines.length > minutes) throw new Error(`${lines.length} lines in the log: ${JSON.stringify(lines)}`);
  }

  /** Somebody who dials the victim, and does not say a word. */
  dial(): Promise<Stranger> {
    return Stranger.dial(this.#transport(), this.address);
  }

  /** Somebody who knows the secret, each time a newer life of the same node. */
  join(hello: Partial<Hello> = {}): Promise<Stranger> {
    const { address } = this;
    return Stranger.join({
      transport: this.#transport(),
      address,
      secret,
      hello: { incarnation: ++this.#incarnation, ...hello },
    });
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#traffic;
    await Promise.all([this.victim, ...this.friends].map((node) => node.stop()));
  }

  #transport(): WebSocketTransport {
    return new WebSocketTransport({ runtime: systemRuntime() });
  }

  async #talk(friend: Node): Promise<void> {
    const target = friend.actor<Target>("target");
    while (!this.#isOver) {
      if ((await target.ask.echo(this.#answers)) !== undefined) this.#answers++;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** A message, field by field: bytes, numbers as varints, strings, and raw bytes. */
export function message(kind: number, ...fields: readonly (number | string | Uint8Array)[]): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(kind);
  for (const field of fields) {
    if (typeof field === "number") writer.varint(field);
    else if (typeof field === "string") writer.string(field);
    else writer.raw(field);
  }
  return writer.bytes().slice();
}
