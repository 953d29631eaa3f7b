import { describe, expect, it } from "vitest";
import { Actor, type ActorRef, ActorSystem, type DeadLetter, silentLog, systemRuntime } from "../index.ts";

const runtime = systemRuntime({ log: silentLog });

class Named extends Actor {
  readonly #name: string;
  readonly #log: string[];
  constructor(name: string, log: string[]) {
    super();
    this.#name = name;
    this.#log = log;
  }
  child(name: string): ActorRef<Named> {
    return this.context.spawn(Named, { args: [name, this.#log] });
  }
  protected override async onStop(): Promise<void> {
    this.#log.push(`${this.#name} stops`);
    await Promise.resolve();
    this.#log.push(this.#name);
  }
}

describe("stopping a system", () => {
  it("ends the program's actors before the runtime's, roots newest first, children after the one that left them", async () => {
    const log: string[] = [];
    // Time stands still: who has used its slice of it gives way to others, whatever the order.
    const system = new ActorSystem({ runtime: { ...runtime, now: () => 0 } });
    const guardian = system.spawn(Named, { args: ["system", log], guardian: "system" });
    await guardian.ask.child("system's child");
    const first = system.spawn(Named, { args: ["first", log] });
    const child = await first.ask.child("child");
    await child.ask.child("grandchild");
    system.spawn(Named, { args: ["second", log] });
    expect(system.tree()).toMatchObject({
      user: [
        { className: "Named", state: "running", children: [{ children: [{ children: [] }] }] },
        { className: "Named", counters: { processed: 0 }, children: [] },
      ],
      system: [{ children: [{ children: [] }] }],
    });
    await system.stop();
    expect(log.filter((line) => !line.endsWith("stops"))).toEqual([
      "second",
      "first",
      "child",
      "grandchild",
      "system",
      "system's child",
    ]);
    expect(system.size).toBe(0);
    expect(() => system.spawn(Named, { args: ["late", log] })).toThrow(
      expect.objectContaining({ code: "systemStopped" }),
    );
    await system.stop();
  });

  it("leaves children to a parent that stops them itself", async () => {
    const log: string[] = [];
    class Parent extends Named {
      #ref: ActorRef<Named> | undefined;
      protected override onStart(): void {
        this.#ref = this.context.spawn(Named, { args: ["child", log] });
      }
      protected override async onStop(): Promise<void> {
        if (this.#ref !== undefined) await this.context.system.stopActor(this.#ref, "shutdown");
        await super.onStop();
      }
    }
    const system = new ActorSystem({ runtime });
    system.spawn(Parent, { args: ["parent", log] });
    await system.stop();
    expect(log).toEqual(["child stops", "child", "parent stops", "parent"]);
  });

  it("kills what does not end in time, and ends although actors start others as they stop", async () => {
    let generations = 0;
    class Hydra extends Actor {
      protected override onStop(): void {
        generations++;
        this.context.spawn(Hydra);
      }
    }
    class Stuck extends Actor {
      protected override async onStop(): Promise<void> {
        await new Promise(() => {});
      }
    }
    const system = new ActorSystem({ runtime });
    system.spawn(Hydra);
    const stuck = system.cellOf(system.spawn(Stuck));
    await system.stop(50);
    expect(system.size).toBe(0);
    expect(stuck?.exitReason).toBe("killed");
    expect(generations).toBeGreaterThan(100);
  });
});

describe("dead letters", () => {
  it("say whom they were for, what they were and why", async () => {
    const letters: DeadLetter[] = [];
    await using system = new ActorSystem({ runtime, name: "n", onDeadLetter: (letter) => letters.push(letter) });
    class Target extends Actor {
      async hold(): Promise<void> {
        await new Promise(() => {});
      }
      take(_n: number): void {}
    }
    const target = system.spawn(Target, { mailbox: { capacity: 1, overflow: "dropNewest" } });
    target.tell.hold();
    await expect.poll(() => system.cellOf(target)?.counters.processed).toBe(1);
    target.tell.take(1);
    target.tell.take(2);
    target.send("plain");
    system.cellOf(target)?.kill();
    target.tell.take(3);
    expect(letters).toEqual([
      { recipient: "n/1", method: "take", args: [2], reason: "overloaded" },
      { recipient: "n/1", method: "receive", args: ["plain"], reason: "noReceiver" },
      { recipient: "n/1", method: "take", args: [1], reason: "noproc" },
      { recipient: "n/1", method: "take", args: [3], reason: "noproc" },
    ]);
    expect(system.deadLetters).toBe(4);
  });
});
