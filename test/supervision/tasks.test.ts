import { startTask, type TaskOptions, TaskSupervisor } from "@foundation/actor";
import { Actor, type ActorRef } from "@foundation/runtime";
import { createTestSystem } from "@foundation/testkit";
import { describe, expect, it } from "vitest";

function start() {
  const test = createTestSystem({ logLevel: "silent" });
  return {
    test,
    time: test.time,
    tasks: test.system.spawn(TaskSupervisor),
    [Symbol.asyncDispose]: () => test.stop(),
  };
}

describe("a task", () => {
  it.each<[TaskOptions | { timeoutMs: unknown } | { shutdownMs: unknown } | { timeout: number }]>([
    [{ timeoutMs: 0 }],
    [{ timeoutMs: -1 }],
    [{ timeoutMs: Number.NaN }],
    [{ timeoutMs: Number.POSITIVE_INFINITY }],
    [{ timeoutMs: 86_400_001 }],
    [{ timeoutMs: "5" }],
    [{ shutdownMs: -1 }],
    [{ shutdownMs: Number.NaN }],
    [{ shutdownMs: "never" }],
    [{ timeout: 5 }],
  ])("[X11] with %o is refused before anything is started", async (options) => {
    await using on = start();
    let runs = 0;
    const started = startTask(on.tasks, () => ++runs, options as TaskOptions);
    await expect(on.time.settle(started)).rejects.toMatchObject({ code: "invalidOption" });
    expect(await on.time.settle(on.tasks.ask.countChildren())).toMatchObject({ specs: 0, active: 0 });
    expect(runs).toBe(0);
  });

  it("[X11] that is no function is refused before anything is started", async () => {
    await using on = start();
    const started = startTask(on.tasks, "fetch" as unknown as () => void);
    await expect(on.time.settle(started)).rejects.toMatchObject({ code: "invalidOption" });
    expect(await on.time.settle(on.tasks.ask.countChildren())).toMatchObject({ specs: 0 });
  });

  it.each([1, 86_400_000])("[X11] may have %d ms", async (timeoutMs) => {
    await using on = start();
    const task = await on.time.settle(startTask(on.tasks, () => "done", { timeoutMs }));
    expect(await on.time.settle(task.result)).toBe("done");
  });

  class Boss extends Actor {
    async delegate(tasks: ActorRef<TaskSupervisor>, workMs: number, timeoutMs: number): Promise<void> {
      const { runtime } = this.context.system;
      const work = async (signal: AbortSignal): Promise<string> => {
        signal.addEventListener("abort", () => outcomes.push(`${runtime.now()} aborted`));
        await new Promise<void>((resolve) => void runtime.setTimer(workMs, resolve));
        return "done";
      };
      const { result } = await startTask(tasks, ({ signal }) => work(signal), { timeoutMs });
      result.then(
        (value) => outcomes.push(`${runtime.now()} ${value}`),
        (error: { code: string }) => outcomes.push(`${runtime.now()} ${error.code}`),
      );
    }
  }
  let outcomes: string[] = [];

  it("[X11] keeps its own time, not that of the handler that starts it", async () => {
    outcomes = [];
    await using on = start();
    const boss = on.test.system.spawn(Boss);
    await on.time.settle(boss.with({ timeoutMs: 200 }).ask.delegate(on.tasks, 10_000, 20_000));
    await on.time.advance(30_000);
    expect(outcomes.filter((each) => !each.endsWith("aborted"))).toEqual(["10000 done"]);
  });

  it("[X11] has no more than its own time either, and is ended then", async () => {
    outcomes = [];
    await using on = start();
    const boss = on.test.system.spawn(Boss);
    await on.time.settle(boss.with({ timeoutMs: 60_000 }).ask.delegate(on.tasks, 10_000, 300));
    await on.time.advance(30_000);
    expect(outcomes).toEqual(["300 timeout", "300 aborted"]);
    expect(await on.time.settle(on.tasks.ask.countChildren())).toMatchObject({ specs: 0 });
  });
});
