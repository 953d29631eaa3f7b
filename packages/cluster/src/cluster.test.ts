import { Actor, ActorRef, type Down } from "@foundation/actor";
import { askRecipient } from "@foundation/actor/spi";
import { describe, expect, it } from "vitest";
import type { Cluster } from "./cluster.ts";
import { RemoteActor } from "./remote/remote-actor.ts";
import { MemoryCluster } from "./testing/memory-cluster.ts";

class Echo extends Actor {
  readonly seen: unknown[] = [];
  echo(value: unknown): unknown {
    this.seen.push(value);
    return value;
  }
  all(): unknown[] {
    return this.seen;
  }
  fail(): never {
    throw Object.assign(new RangeError("too far"), { code: "E_FAR" });
  }
  throwSymbol(): never {
    throw Symbol("odd");
  }
  hang(): Promise<never> {
    return new Promise<never>(() => {});
  }
  unsendable(): unknown {
    return () => {};
  }
  me(): ActorRef {
    return this.self();
  }
  protected override receive(message: unknown): void {
    this.seen.push(message);
  }
}

class Watcher extends Actor {
  readonly downs: unknown[] = [];
  watch(ref: ActorRef): void {
    this.context.monitor(ref);
  }
  reasons(): unknown[] {
    return this.downs;
  }
  protected override onDown({ reason }: Down): void {
    this.downs.push(reason instanceof Error ? reason.message : reason);
  }
}

/** An actor on `host` and the ref to it that `from` has. */
function remote(host: Cluster, from: Cluster): { here: ActorRef<Echo>; there: ActorRef<Echo> } {
  const here = host.system.spawn(Echo);
  const address = host.messages.addressOf(here);
  if (address === undefined) throw new Error("a local actor has an address");
  return { here, there: from.messages.ref(address) as ActorRef<Echo> };
}

const pair = async (cluster: MemoryCluster): Promise<[Cluster, Cluster]> =>
  (await cluster.startAll("a", "b")) as [Cluster, Cluster];

describe("messages to actors of other nodes", () => {
  it("[T10] tell, ask and send arrive in order and give the method's result", async () => {
    await using cluster = new MemoryCluster();
    const [a, b] = await pair(cluster);
    const { there } = remote(a, b);
    there.tell.echo(1);
    there.send({ plain: true });
    there.tell.echo(new Map([[1, -0]]));
    expect(await there.ask.echo("last")).toBe("last");
    expect(await there.ask.all()).toEqual([1, { plain: true }, new Map([[1, -0]]), "last"]);
  });

  it("keeps order on one channel with messages of all sizes", async () => {
    await using cluster = new MemoryCluster();
    const [a, b] = await pair(cluster);
    const { there } = remote(a, b);
    const sizes = [10, 200_000, 10, 70_000, 1_000_000, 1];
    for (const [index, size] of sizes.entries()) there.with({ channel: "data" }).tell.echo([index, Buffer.alloc(size)]);
    await there.with({ channel: "data" }).ask.echo("end");
    const seen = (await there.ask.all()) as [number, Buffer][];
    expect(seen.slice(0, -1).map(([index, bytes]) => [index, bytes.length])).toEqual([...sizes.entries()]);
  });

  it("[B34] the handler's error arrives with its name, message and code", async () => {
    await using cluster = new MemoryCluster();
    const [a, b] = await pair(cluster);
    const error = await remote(a, b)
      .there.ask.fail()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "RangeError", message: "too far", code: "E_FAR" });
  });

  it("whatever a handler throws is its error, never a refusal", async () => {
    await using cluster = new MemoryCluster();
    const [a, b] = await pair(cluster);
    const error = await remote(a, b)
      .there.ask.throwSymbol()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "Error", message: expect.stringContaining("Symbol(odd)") });
  });

  it("[B33] values that cannot be sent are refused in the sender's call, results as the asker's error", async () => {
    await using cluster = new MemoryCluster();
    const [a, b] = await pair(cluster);
    const { there } = remote(a, b);
    expect(() => there.tell.echo(() => {})).toThrow(expect.objectContaining({ code: "notSerializable" }));
    await expect(there.ask.echo(Symbol("x"))).rejects.toMatchObject({ code: "notSerializable" });
    await expect(there.ask.unsendable()).rejects.toMatchObject({ code: "notSerializable" });
    expect(await there.ask.echo("still fine")).toBe("still fine");
  });

  it("[B26] what is no message of the class is refused to the caller and the link stays", async () => {
    await using cluster = new MemoryCluster();
    const [a, b] = await pair(cluster);
    const { there } = remote(a, b);
    for (const name of ["onStart", "constructor", "__proto__", "toString", "_hidden", "receive", "nothing"]) {
      await expect(askRecipient(there.recipient, name, [])).rejects.toMatchObject({ code: "badMessage" });
    }
    expect(await there.ask.echo(1)).toBe(1);
  });

  it("[B26] an actor that was never exposed cannot be reached by guessing its number", async () => {
    await using cluster = new MemoryCluster();
    const [a, b] = await pair(cluster);
    const hidden = a.system.cellOf(a.system.spawn(Echo));
    const { nodeId, incarnation } = a.self;
    const guessed = new ActorRef<Echo>(new RemoteActor(b.messages, [nodeId, incarnation, hidden?.id ?? 0]));
    await expect(guessed.ask.echo(1)).rejects.toMatchObject({ code: "noproc" });
  });

  it("refs travel and come home as the actor itself", async () => {
    await using cluster = new MemoryCluster();
    const [a, b] = await pair(cluster);
    const { there } = remote(a, b);
    expect((await there.ask.me()).equals(there)).toBe(true);
    expect(((await there.ask.echo(there)) as ActorRef).equals(there)).toBe(true);
    const mine = b.system.spawn(Echo);
    expect(await there.ask.echo(mine)).toBe(mine);
  });

  it("an ask in flight ends with nodedown when the link breaks, a later one is refused with nodedown", async () => {
    await using cluster = new MemoryCluster();
    const [a, b] = await pair(cluster);
    const { there } = remote(a, b);
    const asking = there.ask.hang();
    b.endpoint.link("a")?.close(4000, "cut by the test");
    await expect(asking).rejects.toMatchObject({ code: "nodedown" });
    await expect(there.ask.hang()).rejects.toMatchObject({ code: "nodedown" });
  });

  it("[A5] a monitor of a remote actor fires once, with the reason; also when the node goes", async () => {
    await using cluster = new MemoryCluster();
    const [a, b] = await pair(cluster);
    const watcher = b.system.spawn(Watcher);
    const [first, second, third] = [remote(a, b), remote(a, b), remote(a, b)];
    await watcher.ask.watch(first.there);
    await watcher.ask.watch(second.there);
    await watcher.ask.watch(third.there);
    // Behind the watches on the same channel, so they have arrived when it is answered.
    await third.there.ask.echo(0);
    await a.system.stopActor(first.here, { shutdown: "done" });
    a.system.cellOf(second.here)?.kill();
    await expect.poll(() => watcher.ask.reasons()).toHaveLength(2);
    await a.stop();
    await expect.poll(() => watcher.ask.reasons()).toEqual([{ shutdown: "done" }, "killed", "noconnection"]);
    await watcher.ask.watch(first.there);
    expect(await watcher.ask.reasons()).toHaveLength(4);
  });
});

describe("membership", () => {
  it("[M1] nodes that join through one seed all see each other; joining again changes nothing", async () => {
    await using cluster = new MemoryCluster();
    const nodes = await cluster.startAll("a", "b", "c", "d");
    for (const node of nodes) {
      expect(node.members().map((member) => [member.nodeId, member.status])).toEqual(
        ["a", "b", "c", "d"].map((id) => [id, "up"]),
      );
      expect([...node.endpoint.links()]).toHaveLength(3);
    }
  });

  it("a link that breaks is replaced and nobody is declared dead", async () => {
    await using cluster = new MemoryCluster();
    const [a, b, c] = (await cluster.startAll("a", "b", "c")) as [Cluster, Cluster, Cluster];
    const deaths: string[] = [];
    for (const node of [a, b, c]) node.events.on("memberDown", (member) => deaths.push(member.nodeId));
    for (let cut = 0; cut < 20; cut++) {
      a.endpoint.link("b")?.close(4000, "cut by the test");
      expect(a.member("b")?.status).toBe("suspect");
      await expect.poll(() => [a.member("b")?.status, b.member("a")?.status]).toEqual(["up", "up"]);
    }
    expect(deaths).toEqual([]);
  });

  it("[M10] a node that leaves is announced before it is gone, and is not dialled again", async () => {
    await using cluster = new MemoryCluster();
    const [a, b] = await pair(cluster);
    const events: string[] = [];
    b.events.on("memberLeaving", (member) => events.push(`${member.nodeId} leaving`));
    b.events.on("memberDown", (member, reason) => events.push(`${member.nodeId} ${reason}`));
    await a.leave();
    await expect.poll(() => events).toEqual(["a leaving"]);
    expect(b.member("a")?.status).toBe("leaving");
    await a.stop();
    await expect.poll(() => events).toEqual(["a leaving", "a left"]);
    expect(b.members()).toHaveLength(1);
  });

  it("a protocol message that does not fit its schema is dropped, and a name is taken once", async () => {
    await using cluster = new MemoryCluster();
    const [a, b] = await pair(cluster);
    const received: unknown[] = [];
    const schema = {
      safeParse: (value: unknown) =>
        typeof value === "number" ? { success: true as const, data: value } : { success: false as const },
    };
    b.protocol({ name: "numbers", schema, receive: (value) => received.push(value) });
    const sender = a.protocol<unknown>({
      name: "numbers",
      schema: { safeParse: (data) => ({ success: true, data }) },
      receive: () => {},
    });
    expect(() => a.protocol({ name: "numbers", schema, receive: () => {} })).toThrow(
      expect.objectContaining({ code: "protocolTaken" }),
    );
    for (const value of ["text", 1, null, 2]) sender.send("b", value);
    expect(sender.send("nobody", 1)).toBe(false);
    await expect.poll(() => received).toEqual([1, 2]);
  });
});
