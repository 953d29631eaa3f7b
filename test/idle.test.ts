import { Actor, type ActorRef } from "@foundation/actor";
import { createTestSystem } from "@foundation/testkit";
import { describe, expect, it } from "vitest";

const idleMs = 60_000;

class Session extends Actor {
  protected override onStart(): void {
    this.context.idleTimeoutMs = idleMs;
  }
  touch(): void {}
  async work(ms: number): Promise<void> {
    const { runtime } = this.context.system;
    await new Promise<void>((resolve) => runtime.setTimer(ms, resolve));
  }
  watch(ref: ActorRef): void {
    this.context.monitor(ref);
  }
  later(): Promise<void> {
    return this.context.deferReply<void>().later;
  }
}

describe("an idle timeout", () => {
  it("ends the actor with normal when no message came for so long, and not before", async () => {
    await using test = createTestSystem();
    const probe = test.probe();
    const session = test.system.spawn(Session);
    probe.watch(session);
    await test.time.advance(idleMs - 1);
    session.tell.touch();
    await test.time.advance(idleMs - 1);
    expect(test.system.cellOf(session)?.isAlive).toBe(true);
    await test.time.settle(probe.expectDown(session, "normal"));
    expect(test.time.now).toBe(2 * idleMs - 1);
  });

  it("calls onIdle instead, again and again, where the class has it", async () => {
    const calls: number[] = [];
    await using test = createTestSystem();
    class Patient extends Session {
      protected override onIdle(): void {
        calls.push(test.time.now);
      }
    }
    test.system.spawn(Patient);
    await test.time.advance(3 * idleMs);
    expect(calls).toEqual([idleMs, 2 * idleMs, 3 * idleMs]);
  });

  it("counts from the last thing that was done, a Down as well as the end of a long handler", async () => {
    await using test = createTestSystem();
    const [session, other] = [test.system.spawn(Session), test.system.spawn(Session)];
    session.tell.watch(other);
    await test.time.settle(session.with({ timeoutMs: 4 * idleMs }).ask.work(2 * idleMs - 10));
    expect(test.system.cellOf(other)).toBeUndefined();
    await test.time.until(() => test.system.cellOf(session) === undefined, 2 * idleMs);
    expect(test.time.now).toBe(3 * idleMs - 10);
  });

  it("does not run out while somebody waits for an answer", async () => {
    await using test = createTestSystem();
    const session = test.system.spawn(Session);
    const answer = session
      .with({ timeoutMs: 2.5 * idleMs })
      .ask.later()
      .catch(({ code }) => code);
    await test.time.advance(2 * idleMs);
    expect(test.system.cellOf(session)?.isAlive).toBe(true);
    expect(await test.time.settle(answer)).toBe("timeout");
    await test.time.until(() => test.system.cellOf(session) === undefined, 2 * idleMs);
  });
});
