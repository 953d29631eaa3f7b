import { describe, expect, it } from "vitest";
import { Actor, type ActorRef, ActorSystem, silentLog, systemRuntime } from "../index.ts";
import { PendingReply } from "../spi.ts";

/** An error as it comes from another node: without any place. */
function received(text: string): Error {
  const error = new RangeError(text);
  Object.defineProperty(error, "stack", { value: `RangeError: ${text}`, writable: true, configurable: true });
  return error;
}

class Remote extends Actor {
  fail(): never {
    throw received("from afar");
  }
  hold(): Promise<void> {
    return new Promise(() => {});
  }
}

class Asker extends Actor {
  async relay(ref: ActorRef<Remote>): Promise<string> {
    return await this.#ask(ref);
  }
  async #ask(ref: ActorRef<Remote>): Promise<string> {
    try {
      await ref.ask.fail();
      return "no error";
    } catch (error) {
      return (error as Error).stack ?? "";
    }
  }
}

function start(): ActorSystem {
  return new ActorSystem({ runtime: systemRuntime({ log: silentLog }) });
}

async function stackOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as Error).stack ?? "";
  }
  return "no error";
}

describe("the place that asked, of asks that fail", () => {
  it("[X21] is in an error that came from another node, with what was asked of whom", async () => {
    await using system = start();
    const remote = system.spawn(Remote);
    async function order(): Promise<void> {
      await remote.ask.fail();
    }
    const [title, call, ...frames] = (await stackOf(order)).split("\n");
    expect(title).toBe("RangeError: from afar");
    expect(call).toBe("    at fail() of local/1, asked from");
    expect(frames[0]).toMatch(/at (async )?order .*asked-from\.test\.ts/);
    expect(frames[1]).toMatch(/at (async )?stackOf .*asked-from\.test\.ts/);
  });

  it("[X21] goes on through the methods of the actor that asked", async () => {
    await using system = start();
    const stack = await system.spawn(Asker).ask.relay(system.spawn(Remote));
    expect(stack).toMatch(
      /asked from\n\s+at (async )?Asker\.#ask .*asked-from\.test\.ts.*\n\s+at (async )?Asker\.relay .*asked-from/,
    );
  });

  it("[X21] is in timeouts and other errors that the runtime makes, instead of its own frames", async () => {
    await using system = start();
    const remote = system.spawn(Remote);
    async function patient(): Promise<void> {
      await remote.with({ timeoutMs: 10 }).ask.hold();
    }
    const late = await stackOf(patient);
    expect(late).toMatch(
      /^ActorError: hold\(\) of local\/1 got no answer.*\n\s+at hold\(\) of local\/1, asked from\n\s+at (async )?patient /,
    );
    expect(late).not.toMatch(/deadlines\.ts/);
    await system.stopActor(remote, "killed", 0);
    expect(await stackOf(() => remote.ask.fail())).toMatch(
      /has ended.*\n\s+at fail\(\) of local\/1, asked from\n\s+at (async )?stackOf/,
    );
  });

  it("[X21] leaves errors with a place of the program as they are, and those that cannot be changed", async () => {
    await using system = start();
    class Local extends Actor {
      fail(): never {
        throw new RangeError("here");
      }
      frozen(): never {
        throw Object.freeze(received("frozen"));
      }
    }
    expect(await stackOf(() => system.spawn(Local).ask.fail())).toMatch(/^RangeError: here\n\s+at Local\.fail /);
    expect(await stackOf(() => system.spawn(Local).ask.frozen())).toBe("RangeError: frozen");
  });

  it("[X21] costs a burst of failures next to nothing: all of them settle, the first have their place", async () => {
    const runtime = { ...systemRuntime({ log: silentLog }), now: () => 0 };
    await using system = new ActorSystem({ runtime });
    const target = { system, label: "x" };
    const replies = Array.from({ length: 1_000 }, () => new PendingReply(target, "m", { timeoutMs: 60_000 }));
    const outcomes = Promise.all(replies.map((reply) => stackOf(() => reply.promise)));
    for (const reply of replies) reply.fail(received("burst"));
    const placed = (await outcomes).filter((stack) => stack.includes("asked from"));
    expect(placed).toHaveLength(32);
  });

  it.each([
    ["returns call sites", (_: Error, sites: NodeJS.CallSite[]) => sites],
    [
      "throws",
      () => {
        throw new Error("in the program's format");
      },
    ],
  ])("[X21] settles in a program whose Error.prepareStackTrace %s", async (_what, format) => {
    await using system = start();
    const remote = system.spawn(Remote);
    const outcomes: unknown[] = [];
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = format;
    try {
      remote.ask.fail().catch(({ message }: Error) => outcomes.push(message));
      remote.ask.hold().catch(({ code }: { code: string }) => outcomes.push(code));
      for (let turns = 0; turns < 100 && outcomes.length < 2; turns++) await new Promise(setImmediate);
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
    expect(outcomes.toSorted()).toEqual(["from afar", "noproc"]);
  });
});
