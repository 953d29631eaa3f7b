import type { DeferredReply } from "@foundation/actor";
import { Actor, type ActorRef, Rejection } from "@foundation/runtime";
import { describe, expect, it } from "vitest";
import { places, twoNodes } from "./support/places.ts";

/** The fields of a {@link Server} that are looked at from outside. */
let handled: string[];

class Server extends Actor {
  static readonly reentrant = ["status", "statusLater"];
  readonly #deferred: DeferredReply<string>[] = [];
  readonly #gates: (() => void)[] = [];

  echo(value: unknown): unknown {
    handled.push(`echo ${String(value)}`);
    return value;
  }
  async hold(ms: number): Promise<string> {
    handled.push("hold");
    await this.#sleep(ms);
    return "held";
  }
  /** Not `async`: what it returns shows only when it is called. */
  holdQuietly(ms: number): Promise<string> {
    return this.#sleep(ms).then(() => "held");
  }
  gate(name: string): Promise<void> {
    handled.push(`${name} began`);
    return new Promise<void>((resolve) => this.#gates.push(resolve)).then(() => void handled.push(`${name} ended`));
  }
  status(): string {
    handled.push("status");
    return "fine";
  }
  async statusLater(ms: number): Promise<string> {
    handled.push("statusLater began");
    await this.#sleep(ms);
    handled.push("statusLater ended");
    return "fine";
  }
  reject(): never {
    throw new Rejection(new RangeError("not allowed"));
  }
  crash(): never {
    throw new RangeError("crash");
  }
  later(): Promise<string> {
    const reply = this.context.deferReply<string>();
    this.#deferred.push(reply);
    return reply.later;
  }
  answerAll(): number {
    for (const reply of this.#deferred) {
      reply.succeed("at last");
      reply.fail(new Error("twice"));
    }
    return this.#deferred.splice(0).length;
  }
  failAll(): void {
    for (const reply of this.#deferred.splice(0)) reply.fail(new RangeError("no"));
  }
  patience(): number {
    return this.context.timeLeftMs;
  }
  deferredPatience(): number[] {
    return this.#deferred.map(({ timeLeftMs }) => timeLeftMs);
  }
  async askMyself(afterAwait: boolean): Promise<unknown> {
    if (afterAwait) await this.#sleep(1);
    return this.self<Server>().ask.echo("me");
  }
  async patienceOf(other: ActorRef<Server>, waitMs: number): Promise<number> {
    await this.#sleep(waitMs);
    return await other.ask.patience();
  }
  async passOn(other: ActorRef<Server>, ms: number): Promise<string> {
    return await other.ask.hold(ms);
  }
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.context.system.runtime.setTimer(ms, resolve));
  }
}

const codeOf = (error: unknown): unknown => (error as { code?: string }).code ?? (error as Error).message;

describe.each(places)("[A6] an ask %s", (where, makePlace) => {
  const make = async () => {
    handled = [];
    const place = await makePlace();
    return { place, server: place.spawn(Server) };
  };

  it("ends with timeout at its deadline; the late reply is dropped, and nothing is left of it", async () => {
    const { place, server } = await make();
    await using _ = place;
    const startedAt = place.now;
    const failure = place.failure(server.with({ timeoutMs: 100 }).ask.hold(1_000));
    expect(await failure).toMatchObject({ code: "timeout" });
    expect(place.now - startedAt).toBeGreaterThanOrEqual(100);
    expect(place.now - startedAt).toBeLessThan(150);
    await place.advance(5_000);
    expect(await place.settle(server.ask.echo(1))).toBe(1);
    expect(place.caller.deadlines.size).toBe(0);
  });

  it.each(["hold", "holdQuietly", "later"] as const)(
    "ends with noproc when the actor is killed in %s()",
    async (how) => {
      const { place, server } = await make();
      await using _ = place;
      const startedAt = place.now;
      const ask = server.with({ timeoutMs: 60_000 });
      const failures = place.failure(how === "later" ? ask.ask.later() : ask.ask[how](30_000));
      place.host.runtime.setTimer(200, () => place.cell(server).kill());
      expect(await failures).toMatchObject({ code: "noproc" });
      expect(place.now - startedAt).toBeLessThan(1_000);
      await place.advance(60_000);
    },
  );

  it("ends with the error when the handler throws; the next one with noproc", async () => {
    const { place, server } = await make();
    await using _ = place;
    const failures = Promise.all([server.ask.crash(), server.ask.echo(1)].map((ask) => ask.catch(codeOf)));
    expect(await place.settle(failures)).toEqual(["crash", "noproc"]);
    expect(handled).toEqual([]);
  });

  it("is answered by a Rejection with its cause, and the actor lives", async () => {
    const { place, server } = await make();
    await using _ = place;
    expect(await place.failure(server.ask.reject())).toMatchObject({ name: "RangeError", message: "not allowed" });
    expect(await place.settle(server.ask.echo(1))).toBe(1);
  });

  it("takes its own answer only: many at once, in the order they were asked", async () => {
    const { place, server } = await make();
    await using _ = place;
    const asks = Array.from({ length: 1_000 }, (_, i) => server.ask.echo(i));
    expect(await place.settle(Promise.all(asks))).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  });

  it("[X19] ends with the reason of its AbortSignal; a message that still waits is not handled", async () => {
    const { place, server } = await make();
    await using _ = place;
    server.tell.hold(1_000);
    await place.advance(100);
    const controller = new AbortController();
    const ask = server.with({ signal: controller.signal }).ask.echo("aborted");
    await place.advance(100);
    controller.abort(new Error("enough"));
    await expect(ask).rejects.toThrow("enough");
    await expect(server.with({ signal: AbortSignal.abort("before") }).ask.echo("never")).rejects.toBe("before");
    await place.advance(5_000);
    // Another node is not told: what it was sent is handled there, and its answer dropped.
    expect(handled).toEqual(where === "between two nodes" ? ["hold", "echo aborted"] : ["hold"]);
  });

  it("fails with askSelf when an actor asks itself, before and after an await", async () => {
    const { place, server } = await make();
    await using _ = place;
    expect(await place.failure(server.ask.askMyself(false))).toMatchObject({ code: "askSelf" });
    const other = place.spawn(Server);
    const startedAt = place.now;
    expect(await place.failure(other.ask.askMyself(true))).toMatchObject({ code: "askSelf" });
    expect(place.now - startedAt).toBeLessThan(1_000);
  });

  it("waits within a handler no longer than that handler's asker does", async () => {
    const { place, server } = await make();
    await using _ = place;
    const other = place.spawnHere(Server);
    const patience = await place.settle(server.with({ timeoutMs: 1_000 }).ask.patienceOf(other, 300));
    expect(patience).toBeGreaterThan(500);
    expect(patience).toBeLessThanOrEqual(701);
    const own = await place.settle(server.ask.patience());
    expect(own).toBeGreaterThan(4_000);
    expect(own).toBeLessThanOrEqual(5_000);
    // The nested ask gives up with its asker, not 4 s later.
    const failure = place.failure(server.with({ timeoutMs: 1_000 }).ask.passOn(other, 3_000));
    expect(await failure).toMatchObject({ code: "timeout" });
    await place.advance(50);
    expect(place.cell(server).exitReason).toMatchObject({ code: "timeout" });
    await place.advance(5_000);
  });

  it("is answered later by a deferred reply, while other messages are handled", async () => {
    const { place, server } = await make();
    await using _ = place;
    const asks = [server.ask.later(), server.ask.later()];
    await place.advance(100);
    expect(await place.settle(server.ask.echo(1))).toBe(1);
    for (const left of await place.settle(server.ask.deferredPatience())) expect(left).toBeLessThanOrEqual(5_000);
    expect(await place.settle(server.ask.answerAll())).toBe(2);
    expect(await place.settle(Promise.all(asks))).toEqual(["at last", "at last"]);
    const failing = place.failure(server.ask.later());
    server.tell.failAll();
    expect(await failing).toMatchObject({ message: "no" });
    expect(place.cell(server).isAlive).toBe(true);
  });

  it("drops a deferred reply to an asker that has given up or that never waited", async () => {
    const { place, server } = await make();
    await using _ = place;
    expect(await place.failure(server.with({ timeoutMs: 50 }).ask.later())).toMatchObject({ code: "timeout" });
    server.tell.later();
    expect(await place.settle(server.ask.answerAll())).toBe(2);
    expect(await place.settle(server.ask.echo(1))).toBe(1);
  });

  it("[A8] of a reentrant method is answered while a handler never settles; others wait, and other actors run", async () => {
    const { place, server } = await make();
    await using _ = place;
    server.tell.gate("first");
    const waiting = server.with({ timeoutMs: 1_000 }).ask.echo("waits");
    const failure = place.failure(waiting);
    void failure.catch(() => {});
    expect(await failure).toMatchObject({ code: "timeout" });
    expect(await place.settle(server.ask.status())).toBe("fine");
    expect(await place.settle(Promise.all([1, 2, 3].map((ms) => server.ask.statusLater(ms))))).toHaveLength(3);
    expect(await place.settle(place.spawn(Server).ask.echo("other"))).toBe("other");
    expect(handled[0]).toBe("first began");
    expect(handled).not.toContain("echo waits");
  });

  it("[A8] of a reentrant method keeps its place when nothing is under way", async () => {
    const { place, server } = await make();
    await using _ = place;
    server.tell.echo(1);
    server.tell.status();
    server.tell.echo(2);
    server.tell.statusLater(10);
    server.tell.echo(3);
    await place.advance(1_000);
    expect(handled).toEqual(["echo 1", "status", "echo 2", "statusLater began", "echo 3", "statusLater ended"]);
  });
});

describe("[A6] asks between two nodes", () => {
  it("end with nodedown when the node dies mid-call", async () => {
    handled = [];
    await using place = await twoNodes();
    const server = place.spawn(Server);
    const failure = place.failure(server.with({ timeoutMs: 60_000 }).ask.hold(50_000));
    place.caller.runtime.setTimer(100, () => place.world.kill("host"));
    expect(await failure).toMatchObject({ code: "nodedown" });
    expect(await place.failure(server.ask.echo(1))).toMatchObject({ code: "nodedown" });
  });
});

describe("[A6] 100,000 queued asks", () => {
  it("are all answered, in order", async () => {
    handled = [];
    await using place = await (places[0] as (typeof places)[0])[1]();
    const server = place.spawn(Server);
    const asks = Array.from({ length: 100_000 }, (_, i) => server.ask.echo(i));
    const answers = await place.settle(Promise.all(asks));
    expect(answers.every((answer, i) => answer === i)).toBe(true);
    expect(handled).toHaveLength(100_000);
    expect(place.caller.deadlines.size).toBe(0);
  });
});
