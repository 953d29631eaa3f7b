// Prints who ended of forgotten rejections, one JSON object. In a process of its own: a test runner listens for them itself.
import { Actor, type ActorRef, ActorSystem, Rejection, silentLog, systemRuntime } from "@foundation/actor";

const runtime = systemRuntime({ log: silentLog });

class Target extends Actor {
  reject(): never {
    throw new Rejection(new Error("not allowed"));
  }
  hold(): Promise<void> {
    return new Promise((resolve) => runtime.setTimer(200, resolve));
  }
  async *items(): AsyncGenerator<number> {
    await Promise.resolve();
    throw new Rejection(new Error("no items"));
    // biome-ignore lint/correctness/noUnreachable: a generator has to yield.
    yield 1;
  }
}

class Forgetful extends Actor {
  forgetPromise(): void {
    void Promise.reject(new Error("forgotten"));
  }
  forgetLater(): void {
    runtime.setTimer(5, () => void Promise.reject(new Error("forgotten in a timer")));
  }
  async forgetAfterAwait(): Promise<void> {
    await Promise.resolve();
    void (async () => {
      await new Promise<void>((resolve) => runtime.setTimer(5, resolve));
      throw new Error("forgotten after awaits");
    })();
  }
  forgetAsk(target: ActorRef<Target>): void {
    void target.ask.reject();
  }
  forgetTimeout(target: ActorRef<Target>): void {
    void target.with({ timeoutMs: 10 }).ask.hold();
  }
  forgetItem(target: ActorRef<Target>): void {
    void target.stream.items().next();
  }
  handled(): void {
    Promise.reject(new Error("handled")).catch(() => {});
  }
}

/** Arms the deadlines' timer before others do: nobody else's timeout is its affair. */
class Patient extends Actor {
  async wait(target: ActorRef<Target>): Promise<void> {
    await target
      .with({ timeoutMs: 10 })
      .ask.hold()
      .catch(() => {});
  }
}

const ends: Record<string, unknown> = {};
const outside: string[] = [];
process.on("uncaughtException", (error) => outside.push(error.message));

/** No wait takes so long, however busy the machine is. Milliseconds. */
const waitMsMax = 20_000;

/** Looks again each turn. What has not come true in time is for the test to find in the output. */
async function until(isTrue: () => boolean): Promise<void> {
  for (const endAt = runtime.now() + waitMsMax; !isTrue() && runtime.now() < endAt; ) {
    await new Promise<void>((resolve) => runtime.setTimer(1, resolve));
  }
}

async function run(method: keyof Forgetful & string): Promise<void> {
  const system = new ActorSystem({ runtime });
  const other = new ActorSystem({ runtime, name: "other" });
  const target = system.spawn(Target);
  const patient = system.spawn(Patient);
  const forgetful = system.spawn(Forgetful);
  const cells = [forgetful, target, patient].map((ref) => system.cellOf(ref));
  patient.tell.wait(system.spawn(Target));
  forgetful.recipient.tell(method, [target], undefined);
  if (method !== "handled") await until(() => !system.cellOf(forgetful)?.isAlive);
  // What is reported later than a rejection that comes last has not been reported at all.
  const last = system.spawn(Forgetful);
  last.tell.forgetTimeout(target);
  await until(() => !system.cellOf(last)?.isAlive);
  ends[method] = cells.map((cell) => (cell?.exitReason instanceof Error ? cell.exitReason.message : "alive"));
  await Promise.all([system.stop(), other.stop()]);
}

for (const method of [
  "forgetPromise",
  "forgetLater",
  "forgetAfterAwait",
  "forgetAsk",
  "forgetTimeout",
  "forgetItem",
  "handled",
] as const) {
  await run(method);
}

// Nobody's: the process decides, also while systems run.
async function runOutside(): Promise<void> {
  const system = new ActorSystem({ runtime });
  const target = system.spawn(Target);
  void target.ask.reject();
  void Promise.reject(new Error("of no actor"));
  await until(() => outside.length === 2);
  ends["nobody's"] = [system.cellOf(target)?.isAlive, ...outside];
  await system.stop();
}
await runOutside();
ends["listening after the stop"] = process.listenerCount("unhandledRejection") > 0;
// Systems that have stopped and that nothing holds on to.
await until(() => {
  globalThis.gc?.();
  return process.listenerCount("unhandledRejection") === 0;
});
ends["listeners left"] = process.listenerCount("unhandledRejection");
process.stdout.write(JSON.stringify(ends));
