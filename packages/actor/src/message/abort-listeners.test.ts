import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { Actor, ActorSystem, type DeferredReply, silentLog, systemRuntime } from "../index.ts";
import { onAbort } from "./abort-listeners.ts";

class Slow extends Actor {
  readonly #waiting: DeferredReply<string>[] = [];
  wait(): Promise<string> {
    const reply = this.context.deferReply<string>();
    this.#waiting.push(reply);
    return reply.later;
  }
  answer(): void {
    for (const reply of this.#waiting.splice(0)) reply.succeed("answer");
  }
  async *numbers(): AsyncGenerator<number> {
    for (let number = 0; ; number++) yield number;
  }
}

const listenersAt = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

describe("calls that share a signal", () => {
  it("[X19] are one listener to it, however many they are, and none when all are over", async () => {
    await using system = new ActorSystem({ runtime: systemRuntime({ log: silentLog }) });
    const { signal } = new AbortController();
    const slow = system.spawn(Slow).with({ signal });
    const asks = Array.from({ length: 1_000 }, () => slow.ask.wait());
    const streams = Array.from({ length: 10 }, () => slow.stream.numbers());
    for (const stream of streams) await stream.next();
    expect(listenersAt(signal)).toBe(1);
    await slow.ask.answer();
    expect(new Set(await Promise.all(asks))).toEqual(new Set(["answer"]));
    expect(listenersAt(signal)).toBe(1);
    for (const stream of streams) await stream.return?.();
    expect(listenersAt(signal)).toBe(0);
  });

  it("[X19] all end with its reason when it is aborted, and those that come later at once", async () => {
    await using system = new ActorSystem({ runtime: systemRuntime({ log: silentLog }) });
    const abort = new AbortController();
    const slow = system.spawn(Slow).with({ signal: abort.signal });
    const reason = new Error("enough");
    const stream = slow.stream.numbers();
    await stream.next();
    const asks = Array.from({ length: 1_000 }, () => slow.ask.wait().catch((error: unknown) => error));
    abort.abort(reason);
    expect(new Set(await Promise.all(asks))).toEqual(new Set([reason]));
    expect(listenersAt(abort.signal)).toBe(0);
    await expect(slow.ask.wait()).rejects.toBe(reason);
    while (!(await stream.next().catch((error: unknown) => error === reason && { done: true })));
    await expect(stream.next()).resolves.toEqual({ done: true, value: undefined });
  });
});

describe("onAbort", () => {
  it("tells each once, in order, and those no more that are taken back, also by another one", () => {
    const abort = new AbortController();
    const told: string[] = [];
    onAbort(abort.signal, () => {
      told.push("first");
      takeBack();
    });
    const takeBack = onAbort(abort.signal, () => told.push("taken back"));
    const listener = (): void => void told.push("twice");
    onAbort(abort.signal, listener);
    onAbort(abort.signal, listener)();
    onAbort(abort.signal, listener);
    abort.abort();
    abort.signal.dispatchEvent(new Event("abort"));
    expect(told).toEqual(["first", "twice", "twice"]);
  });

  it("listens again after all were taken back, and is not disturbed by what is taken back late", () => {
    const abort = new AbortController();
    let told = 0;
    const first = onAbort(abort.signal, () => told++);
    first();
    onAbort(abort.signal, () => told++);
    first();
    expect(listenersAt(abort.signal)).toBe(1);
    abort.abort();
    expect(told).toBe(1);
  });
});
