import type { Exit } from "@foundation/actor";
import { Actor, type ActorRef, type Down, type ExitReason } from "@foundation/runtime";
import { describe, expect, it } from "vitest";
import { places, twoNodes } from "./support/places.ts";

class Peer extends Actor {
  link(ref: ActorRef): void {
    this.context.link(ref);
  }
  unlink(ref: ActorRef): void {
    this.context.unlink(ref);
  }
  linkAndUnlink(ref: ActorRef): void {
    this.context.link(ref);
    this.context.unlink(ref);
  }
  exit(ref: ActorRef, reason: ExitReason | "kill"): void {
    this.context.exit(ref, reason);
  }
  exitMyself(reason: ExitReason | "kill"): void {
    this.context.exit(this.self(), reason);
  }
  trap(isOn: boolean): void {
    this.context.trapExits = isOn;
  }
  crash(text: string): never {
    throw new RangeError(text);
  }
  leave(reason: ExitReason): void {
    this.context.stop(reason);
  }
  async hold(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.context.system.runtime.setTimer(ms, resolve));
  }
  async holdAndUnlink(ms: number, ref: ActorRef): Promise<void> {
    await this.hold(ms);
    this.context.unlink(ref);
  }
  ping(): string {
    return "pong";
  }
}

/** Is told of exits instead of dying of them. */
class Trapper extends Peer {
  readonly #exits: Exit[] = [];
  exits(): ExitReason[] {
    return this.#exits.map(({ reason }) => reason);
  }
  senders(): ActorRef[] {
    return this.#exits.map(({ from }) => from);
  }
  protected override onExit(exit: Exit): void {
    this.#exits.push(exit);
  }
}

/** As in messages: refs of any class. */
const any = (ref: ActorRef<Peer>): ActorRef => ref as unknown as ActorRef;

describe.each(places)("[A5] a link %s", (where, makePlace) => {
  it.each<[string, ExitReason]>([
    ["an error", new RangeError("broken")],
    ["killed", "killed"],
    ["shutdown", "shutdown"],
    ["{ shutdown }", { shutdown: "detail" }],
  ])("ends the other one for the same reason, in both directions: %s", async (_name, reason) => {
    await using place = await makePlace();
    for (const whoLeaves of ["there", "here"] as const) {
      const there = place.spawn(Peer);
      const here = place.spawnHere(Peer);
      await place.settle(here.ask.link(any(there)));
      await place.advance(100);
      const [first, second] = whoLeaves === "there" ? [there, here] : [here, there];
      first.tell.leave(reason);
      await place.advance(100);
      expect(place.cell(second).exitReason).toEqual(reason);
    }
  });

  it("is undone by a normal end: the other one lives, and is told when it traps exits", async () => {
    await using place = await makePlace();
    const there = place.spawn(Peer);
    const [here, trapper] = [place.spawnHere(Peer), place.spawnHere(Trapper)];
    await place.settle(Promise.all([here.ask.link(any(there)), trapper.ask.link(any(there))]));
    there.tell.leave("normal");
    await place.advance(100);
    expect(place.cell(there).isAlive).toBe(false);
    expect(await place.settle(here.ask.ping())).toBe("pong");
    expect(await place.settle(trapper.ask.exits())).toEqual(["normal"]);
    expect((await place.settle(trapper.ask.senders())).map((from) => from.equals(there))).toEqual([true]);
  });

  it("exists once a pair, whoever makes it and how often", async () => {
    await using place = await makePlace();
    const there = place.spawn(Trapper);
    const here = place.spawnHere(Trapper);
    await place.settle(here.ask.link(any(there)));
    await place.settle(here.ask.link(any(there)));
    await place.settle(there.ask.link(any(here)));
    here.tell.leave("shutdown");
    await place.advance(100);
    expect(await place.settle(there.ask.exits())).toEqual(["shutdown"]);
    // One unlink undoes it.
    const other = place.spawnHere(Trapper);
    await place.settle(Promise.all([other.ask.link(any(there)), there.ask.link(any(other))]));
    await place.advance(100);
    await place.settle(other.ask.unlink(any(there)));
    await place.advance(100);
    there.tell.crash("later");
    await place.advance(100);
    expect(await place.settle(other.ask.exits())).toEqual([]);
  });

  it("can be taken back by either side, and made again", async () => {
    await using place = await makePlace();
    const there = place.spawn(Peer);
    const here = place.spawnHere(Trapper);
    await place.settle(here.ask.link(any(there)));
    await place.settle(there.ask.unlink(any(here)));
    await place.advance(100);
    await place.settle(here.ask.linkAndUnlink(any(there)));
    await place.settle(here.ask.unlink(any(there)));
    await place.settle(here.ask.link(any(there)));
    await place.advance(100);
    there.tell.crash("now");
    await place.advance(100);
    expect(await place.settle(here.ask.exits())).toMatchObject([{ message: "now", name: "RangeError" }]);
  });

  it("has no effect any more once it was taken back, not even by a signal on its way", async () => {
    await using place = await makePlace();
    const there = place.spawn(Peer);
    const here = place.spawnHere(Peer);
    await place.settle(here.ask.link(any(there)));
    await place.advance(100);
    place.cell(there).kill();
    // Between two nodes the signal is on its way now.
    if (where === "between two nodes") {
      expect(await place.settle(here.ask.unlink(any(there)))).toBe(undefined);
      await place.advance(100);
      expect(place.cell(here).isAlive).toBe(true);
    } else {
      await place.advance(100);
      expect(place.cell(here).exitReason).toBe("killed");
    }
  });

  it("that is taken back after its signal has arrived is told to onExit all the same", async () => {
    await using place = await makePlace();
    const there = place.spawn(Peer);
    const here = place.spawnHere(Trapper);
    await place.settle(here.ask.link(any(there)));
    const working = here.ask.holdAndUnlink(1_000, any(there));
    await place.advance(100);
    place.cell(there).kill();
    await place.settle(working);
    await place.advance(100);
    expect(await place.settle(here.ask.exits())).toEqual(["killed"]);
  });

  it("gives noproc for an actor that has ended, trapped or not", async () => {
    await using place = await makePlace();
    const there = place.spawn(Peer);
    const [here, trapper] = [place.spawnHere(Peer), place.spawnHere(Trapper)];
    place.cell(there).kill();
    await place.settle(trapper.ask.link(any(there)));
    here.tell.link(any(there));
    await place.advance(100);
    expect(await place.settle(trapper.ask.exits())).toEqual(["noproc"]);
    expect(place.cell(here).exitReason).toBe("noproc");
  });

  it("by name is with whoever has the name then; with nobody it gives noproc", async () => {
    await using place = await makePlace();
    const there = place.spawn(Peer);
    const named = await place.named(there, "somebody");
    const [here, trapper] = [place.spawnHere(Peer), place.spawnHere(Trapper)];
    await place.settle(here.ask.link(any(named)));
    await place.settle(trapper.ask.link(any(named)));
    await place.settle(trapper.ask.unlink(any(named)));
    there.tell.leave("shutdown");
    await place.advance(100);
    expect(place.cell(here).exitReason).toBe("shutdown");
    await place.settle(trapper.ask.link(any(named)));
    await place.advance(100);
    expect(await place.settle(trapper.ask.exits())).toEqual(["noproc"]);
  });

  it("shows a killed actor as killed, and can trap that", async () => {
    await using place = await makePlace();
    const there = place.spawn(Trapper);
    const [here, trapper] = [place.spawnHere(Peer), place.spawnHere(Trapper)];
    await place.settle(Promise.all([here.ask.link(any(there)), trapper.ask.link(any(there))]));
    await place.advance(100);
    await place.settle(place.spawnHere(Peer).ask.exit(any(there), "kill"));
    await place.advance(100);
    expect(place.cell(there).exitReason).toBe("killed");
    expect(place.cell(here).exitReason).toBe("killed");
    expect(await place.settle(trapper.ask.exits())).toEqual(["killed"]);
  });

  it("waits for the handler at work, at most 5 s", async () => {
    await using place = await makePlace();
    const there = place.spawn(Peer);
    const [quick, slow] = [place.spawnHere(Peer), place.spawnHere(Peer)];
    await place.settle(Promise.all([quick.ask.link(any(there)), slow.ask.link(any(there))]));
    const held = quick.ask.hold(1_000);
    const abandoned = place.failure(slow.with({ timeoutMs: 60_000 }).ask.hold(50_000));
    void abandoned.catch(() => {});
    there.tell.crash("while they work");
    await place.advance(0).catch(() => {});
    expect(await held).toBe(undefined);
    expect(await abandoned).toMatchObject({ code: "noproc" });
    expect(place.cell(quick).exitReason).toMatchObject({ message: "while they work" });
    expect(place.cell(slow).exitReason).toMatchObject({ message: "while they work" });
    await place.advance(60_000);
  });

  it("leaves nothing behind", async () => {
    await using place = await makePlace();
    for (let i = 0; i < 100; i++) {
      const there = place.spawn(Peer);
      const here = place.spawnHere(Peer);
      here.tell.link(any(there));
      there.tell.link(any(here));
      if (i % 3 === 0) here.tell.unlink(any(there));
      await place.advance(5);
      [here, there][i % 2]?.tell.crash("end");
      place.cell(here).kill();
      place.cell(there).kill();
    }
    await place.advance(1_000);
    expect(openLinks(place)).toBe(0);
  });
});

function openLinks(place: object): number {
  if (!("world" in place)) return 0;
  const { world } = place as Awaited<ReturnType<typeof twoNodes>>;
  const open = world.nodes.map(({ node, name }) => {
    const peer = node.members().find(({ nodeId }) => nodeId !== name);
    const session = node.membership.messages.session(peer?.nodeId ?? "", peer?.incarnation ?? 0);
    if (session === undefined) throw new RangeError(`${name} is not linked`);
    return session.links.size;
  });
  return Math.max(...open);
}

describe.each(places)("[A5] an exit signal %s", (_where, makePlace) => {
  it("ends an actor for its reason; normal does not, unless it is its own", async () => {
    await using place = await makePlace();
    const there = place.spawn(Peer);
    const here = place.spawnHere(Peer);
    await place.settle(here.ask.exit(any(there), "normal"));
    await place.advance(100);
    expect(await place.settle(there.ask.ping())).toBe("pong");
    await place.settle(here.ask.exit(any(there), { shutdown: 7 }));
    await place.advance(100);
    expect(place.cell(there).exitReason).toEqual({ shutdown: 7 });
    here.tell.exitMyself("normal");
    await place.advance(100);
    expect(place.cell(here).exitReason).toBe("normal");
  });

  it("is told to one that traps exits, with its sender, and kill is not", async () => {
    await using place = await makePlace();
    const there = place.spawn(Trapper);
    const here = place.spawnHere(Peer);
    for (const reason of ["normal", "shutdown", new Error("why")] as const) {
      await place.settle(here.ask.exit(any(there), reason));
    }
    await place.advance(100);
    expect(await place.settle(there.ask.exits())).toMatchObject(["normal", "shutdown", { message: "why" }]);
    expect((await place.settle(there.ask.senders())).every((from) => from.equals(here))).toBe(true);
    await place.settle(here.ask.exit(any(there), "kill"));
    await place.advance(100);
    expect(place.cell(there).exitReason).toBe("killed");
  });

  it("is trapped as long as trapExits says so", async () => {
    await using place = await makePlace();
    const [without, withHook] = [place.spawn(Peer), place.spawn(Trapper)];
    const here = place.spawnHere(Peer);
    await place.settle(without.ask.trap(true));
    await place.settle(here.ask.exit(any(without), "shutdown"));
    await place.settle(withHook.ask.trap(false));
    await place.settle(here.ask.exit(any(withHook), "shutdown"));
    await place.advance(100);
    expect(place.cell(without).isAlive).toBe(true);
    expect(place.cell(withHook).exitReason).toBe("shutdown");
  });
});

describe.each(places)("[A5] a monitor %s", (_where, makePlace) => {
  class Watcher extends Actor {
    readonly #downs: Down[] = [];
    readonly #monitors: { cancel(): void }[] = [];
    watch(ref: ActorRef): void {
      this.#monitors.push(this.context.monitor(ref));
    }
    async watchHoldAndCancel(ref: ActorRef, ms: number): Promise<void> {
      const monitor = this.context.monitor(ref);
      await new Promise<void>((resolve) => this.context.system.runtime.setTimer(ms, resolve));
      monitor.cancel();
      monitor.cancel();
    }
    cancel(index: number): void {
      this.#monitors[index]?.cancel();
    }
    reasons(): ExitReason[] {
      return this.#downs.map(({ reason }) => reason);
    }
    protected override onDown(down: Down): void {
      this.#downs.push(down);
    }
  }

  it("gives one Down for each monitor, none for one that was cancelled", async () => {
    await using place = await makePlace();
    const there = place.spawn(Peer);
    const watcher = place.spawnHere(Watcher);
    for (let i = 0; i < 3; i++) await place.settle(watcher.ask.watch(any(there)));
    await place.settle(watcher.ask.cancel(1));
    await place.advance(100);
    there.tell.crash("end");
    await place.advance(100);
    expect(await place.settle(watcher.ask.reasons())).toMatchObject([{ message: "end" }, { message: "end" }]);
  });

  it("does not end its owner, whatever the reason", async () => {
    await using place = await makePlace();
    const watcher = place.spawnHere(Watcher);
    for (const reason of ["normal", "shutdown", "killed", { shutdown: 1 }] as const) {
      const there = place.spawn(Peer);
      await place.settle(watcher.ask.watch(any(there)));
      there.tell.leave(reason);
    }
    await place.advance(100);
    expect(await place.settle(watcher.ask.reasons())).toEqual(["normal", "shutdown", "killed", { shutdown: 1 }]);
  });

  it("that is cancelled takes a Down back that waits already", async () => {
    await using place = await makePlace();
    const there = place.spawn(Peer);
    const watcher = place.spawnHere(Watcher);
    watcher.tell.watchHoldAndCancel(any(there), 1_000);
    await place.advance(100);
    place.cell(there).kill();
    await place.advance(5_000);
    expect(await place.settle(watcher.ask.reasons())).toEqual([]);
  });

  it("gives noproc at once for an actor that has ended and for a name that nobody has", async () => {
    await using place = await makePlace();
    const there = place.spawn(Peer);
    const named = await place.named(there, "somebody");
    const watcher = place.spawnHere(Watcher);
    await place.settle(watcher.ask.watch(any(named)));
    await place.advance(100);
    place.cell(there).kill();
    await place.advance(100);
    await place.settle(watcher.ask.watch(any(there)));
    await place.settle(watcher.ask.watch(any(named)));
    await place.advance(100);
    expect(await place.settle(watcher.ask.reasons())).toEqual(["killed", "noproc", "noproc"]);
  });

  it("tells of an end when the name is free", async () => {
    await using place = await makePlace();
    const there = place.spawn(Peer);
    const named = await place.named(there, "somebody");
    const outcomes: string[] = [];
    class Heir extends Actor {
      watch(ref: ActorRef): void {
        this.context.monitor(ref);
      }
      protected override async onDown(): Promise<void> {
        outcomes.push(await named.ask.ping().catch((error: { code: string }) => error.code));
      }
    }
    await place.settle(place.spawnHere(Heir).ask.watch(any(there)));
    await place.advance(100);
    place.cell(there).kill();
    await place.advance(100);
    expect(outcomes).toEqual(["noproc"]);
  });
});

describe("[A5] links and monitors between two nodes", () => {
  it("give noconnection when the other node is gone, once, and when it is not there at all", async () => {
    await using place = await twoNodes();
    const there = place.spawn(Peer);
    const [here, trapper] = [place.spawnHere(Peer), place.spawnHere(Trapper)];
    await place.settle(Promise.all([here.ask.link(any(there)), trapper.ask.link(any(there))]));
    place.world.kill("host");
    await place.advance(10_000);
    expect(place.cell(here).exitReason).toBe("noconnection");
    expect(await place.settle(trapper.ask.exits())).toEqual(["noconnection"]);
    await place.settle(trapper.ask.link(any(there)));
    expect(await place.settle(trapper.ask.exits())).toEqual(["noconnection", "noconnection"]);
  });

  it("break on both sides when the link between the nodes does", async () => {
    await using place = await twoNodes();
    const there = place.spawn(Trapper);
    const here = place.spawnHere(Trapper);
    await place.settle(here.ask.link(any(there)));
    await place.advance(100);
    place.world.cut("host", "caller");
    await place.advance(10_000);
    expect(await place.settle(here.ask.exits())).toEqual(["noconnection"]);
    expect(await place.settle(there.ask.exits())).toEqual(["noconnection"]);
  });
});
