import { runInNewContext, runInThisContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  Actor,
  type ActorRef,
  ActorSystem,
  describeExit,
  type ExitReason,
  isAbnormal,
  silentLog,
  systemRuntime,
} from "../index.ts";
import { isError, isPlainObject, nativeClassOf, reasonFrom } from "../spi.ts";

/** A value that is made in another realm. */
function foreign<T>(source: string): T {
  return runInNewContext(`(${source})`) as T;
}

const makers: Record<string, (source: string) => unknown> = {
  "this realm": (source) => runInThisContext(`(${source})`),
  "another realm": foreign,
};

describe.each(Object.entries(makers))("[X10] values of %s", (_name, make) => {
  it("the engine's errors, those of classes that extend them, and an abort's reason are errors", () => {
    const sources = [
      "new Error('e')",
      "new TypeError('t')",
      "new AggregateError([])",
      "new (class E extends Error {})()",
    ];
    for (const source of [...sources, "Object.create(Error.prototype)"])
      expect(isError(make(source)), source).toBe(true);
    expect(isError(AbortSignal.abort().reason)).toBe(true);
  });

  it("nothing else is, however much it looks like one", () => {
    const sources = ["{ name: 'Error', message: 'm', stack: 's' }", "Error", "null", "undefined", "'Error'", "[]"];
    for (const source of [...sources, "new (class Error {})()", "new Proxy({}, {})"]) {
      expect(isError(make(source)), source).toBe(false);
    }
  });

  it("objects without a class are plain, and nothing else", () => {
    for (const source of ["{}", "{ a: 1 }", "Object.create(null)"])
      expect(isPlainObject(make(source)), source).toBe(true);
    const others = ["[]", "new Map()", "new (class {})()", "Object.create({})", "() => 1", "null", "new Proxy({}, {})"];
    for (const source of others) expect(isPlainObject(make(source)), source).toBe(false);
  });

  it("a prototype belongs to a class of the engine, or to none", () => {
    const prototype = (source: string) => nativeClassOf(make(`${source}.prototype`) as object);
    expect(["Object", "Map", "Int8Array", "RangeError", "Promise"].map(prototype)).toEqual([
      "Object",
      "Map",
      "Int8Array",
      "RangeError",
      "Promise",
    ]);
    expect(prototype("(class Map {})")).toBeUndefined();
    expect(prototype("(function Object() { '[native code]' })")).toBeUndefined();
  });
});

describe("[X10] an exit reason of another realm", () => {
  it("is a crash when it is an error, and keeps what it says", () => {
    const reason = foreign<Error>("new RangeError('too far')");
    expect(isAbnormal(reason)).toBe(true);
    expect(describeExit(reason)).toBe("RangeError: too far");
    expect(reasonFrom(reason)).toBe(reason);
    expect(isAbnormal(foreign<ExitReason>("{ shutdown: 1 }"))).toBe(false);
  });

  it("ends an actor abnormally, whether it is thrown, rejected, or what the actor stops for", async () => {
    class Fragile extends Actor {
      stop(error: Error): void {
        this.context.stop(error);
      }
      crash(error: Error): never {
        throw error;
      }
      async reject(error: Error): Promise<never> {
        throw await Promise.resolve(error);
      }
    }
    await using system = new ActorSystem({ runtime: systemRuntime({ log: silentLog }) });
    for (const how of ["stop", "crash", "reject"] as const) {
      const error = foreign<Error>(`new Error('${how}')`);
      const ref = system.spawn(Fragile);
      const ended = new Promise<ExitReason>((resolve) => ref.recipient.watch(resolve));
      await ref.ask[how](error).catch(() => {});
      const reason = await ended;
      expect([reason, isAbnormal(reason)]).toEqual([error, true]);
      await expect(ref.ask.crash(error)).rejects.toThrow(`has ended (Error: ${how})`);
    }
  });

  it("handlers that another realm has made are what they are: asynchronous, streams", async () => {
    abstract class Mixed extends Actor {
      abstract count(): AsyncGenerator<number>;
      abstract slow(): Promise<number>;
    }
    const mixed = foreign<(base: typeof Actor) => new () => Mixed>(
      "(base) => class extends base { async *count() { yield 1; yield 2; } async slow() { return 3; } }",
    );
    await using system = new ActorSystem({ runtime: systemRuntime({ log: silentLog }) });
    const ref: ActorRef<Mixed> = system.spawn(mixed(Actor));
    const seen: number[] = [];
    for await (const item of ref.stream.count()) seen.push(item);
    expect([...seen, await ref.ask.slow()]).toEqual([1, 2, 3]);
  });
});
