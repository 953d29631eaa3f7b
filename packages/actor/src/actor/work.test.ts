import { describe, expect, it } from "vitest";
import {
  Actor,
  type ActorCell,
  ActorSystem,
  type DeferredReply,
  type Exit,
  Rejection,
  silentLog,
  systemRuntime,
} from "../index.ts";

const runtime = systemRuntime({ log: silentLog });

/** Says what its handlers and hooks do, and goes on when it is told to. */
class Worker extends Actor {
  static readonly reentrant = ["release", "peek"];
  readonly lines: string[] = [];
  #held: (() => void)[] = [];

  async hold(name: string): Promise<string> {
    this.lines.push(`${name} begins`);
    await new Promise<void>((resolve) => this.#held.push(resolve));
    this.lines.push(`${name} ends`);
    return name;
  }

  note(line: string): void {
    this.lines.push(line);
  }

  peek(): readonly string[] {
    return [...this.lines];
  }

  release(): void {
    this.#held.shift()?.();
  }

  refuse(): never {
    throw new Rejection(new Error("refused"));
  }

  crash(): never {
    throw new Error("crashed");
  }

  async crashLater(): Promise<never> {
    await new Promise<void>((resolve) => this.#held.push(resolve));
    throw new Error("crashed later");
  }

  /** Returns a promise although it is not async: known only when it has done so. */
  secretly(): Promise<string> {
    return this.hold("secretly");
  }

  next(): void {
    this.context.continueWith(() => this.hold("hook").then(() => {}));
  }

  protected override onExit({ reason }: Exit): void {
    this.lines.push(`exit ${String(reason)}`);
  }
}

function start() {
  const system = new ActorSystem({ runtime });
  const worker = system.spawn(Worker);
  const cell = system.cellOf(worker) as ActorCell;
  const lines = (): Promise<readonly string[]> => worker.ask.peek();
  return { system, worker, cell, lines, [Symbol.asyncDispose]: () => system.stop() };
}

describe("the work of an actor", () => {
  it("is one handler at a time: one that returned a promise holds the others, but for reentrant ones", async () => {
    await using test = start();
    const { worker, cell } = test;
    const first = worker.ask.hold("first");
    worker.tell.note("second");
    expect(await test.lines()).toEqual(["first begins"]);
    expect([cell.isHeld, cell.isAtWork, cell.isOccupied]).toEqual([true, true, true]);
    worker.tell.release();
    expect(await first).toBe("first");
    expect(await test.lines()).toEqual(["first begins", "first ends", "second"]);
    expect([cell.isHeld, cell.isAtWork]).toEqual([false, false]);
  });

  it("finds out which handlers return promises", async () => {
    await using test = start();
    for (let i = 0; i < 2; i++) {
      const secret = test.worker.ask.secretly();
      test.worker.tell.note("behind");
      expect((await test.lines()).at(-1)).toBe("secretly begins");
      test.worker.tell.release();
      expect(await secret).toBe("secretly");
    }
    expect(await test.lines()).toEqual(Array(2).fill(["secretly begins", "secretly ends", "behind"]).flat());
  });

  it("is made for the first signal or message, and not before", async () => {
    await using test = start();
    expect([test.cell.isHeld, test.cell.isAtWork, test.cell.isOccupied, test.cell.hasWork]).toEqual(
      Array(4).fill(false),
    );
    expect([...test.cell.reading]).toEqual([]);
    await test.system.stopActor(test.worker);
    expect(test.cell.exitReason).toBe("normal");
  });

  it("takes signals before messages, and nothing beside a hook that returned a promise", async () => {
    await using test = start();
    const { system, worker, cell } = test;
    const other = system.spawn(Worker);
    worker.tell.next();
    worker.tell.note("message");
    await expect.poll(() => cell.isHeld).toBe(true);
    cell.signal({ kind: "exit", from: other, reason: "timeout" });
    const seen = test.lines();
    // Neither of them, nor a reentrant method.
    worker.tell.release();
    expect(cell.hasWork).toBe(false);
    cell.kill();
    await expect(seen).rejects.toMatchObject({ code: "noproc" });
  });

  it("answers with a rejection and goes on, and ends with what else a handler throws", async () => {
    await using test = start();
    const { worker, cell } = test;
    await expect(worker.ask.refuse()).rejects.toThrow("refused");
    await expect(worker.ask.note("alive")).resolves.toBeUndefined();
    await expect(worker.ask.crash()).rejects.toThrow("crashed");
    expect([cell.state, String(cell.exitReason)]).toEqual(["stopped", "Error: crashed"]);
  });

  it("waits with a crash of one handler for the one that holds the mailbox", async () => {
    await using test = start();
    class Reentrant extends Worker {
      static override readonly reentrant = ["release", "peek", "crash"];
    }
    const worker = test.system.spawn(Reentrant);
    const cell = test.system.cellOf(worker) as ActorCell;
    const held = worker.ask.hold("held");
    await worker.ask.peek();
    await expect(worker.ask.crash()).rejects.toThrow("crashed");
    expect(cell.state).toBe("running");
    worker.tell.release();
    expect(await held).toBe("held");
    await expect.poll(() => cell.state).toBe("stopped");
    expect(String(cell.exitReason)).toBe("Error: crashed");
  });

  it("ends with what a promise of a handler was rejected with", async () => {
    await using test = start();
    const late = test.worker.ask.crashLater();
    await test.lines();
    test.worker.tell.release();
    await expect(late).rejects.toThrow("crashed later");
    expect(String(test.cell.exitReason)).toBe("Error: crashed later");
  });

  it("is abandoned by a kill: who waits for a handler is told, what it does later is not counted", async () => {
    await using test = start();
    const { worker, cell } = test;
    const held = worker.ask.hold("held");
    await test.lines();
    cell.kill();
    await expect(held).rejects.toMatchObject({ code: "noproc" });
    expect([cell.isHeld, cell.hasWork]).toEqual([true, false]);
  });

  it("leaves deferred replies to the handler's actor", async () => {
    await using test = start();
    class Deferring extends Actor {
      #replies: DeferredReply<number>[] = [];
      take(): Promise<number> {
        const reply = this.context.deferReply<number>();
        this.#replies.push(reply);
        return reply.later;
      }
      give(value: number): void {
        this.#replies.shift()?.succeed(value);
      }
    }
    const deferring = test.system.spawn(Deferring);
    const taken = [deferring.ask.take(), deferring.ask.take()];
    deferring.tell.give(1);
    deferring.tell.give(2);
    expect(await Promise.all(taken)).toEqual([1, 2]);
  });
});
