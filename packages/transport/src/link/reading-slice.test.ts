import { silentLog, systemRuntime } from "@foundation/actor";
import { expect, test } from "vitest";
import type { Connection } from "../transport.ts";
import { ReadingSlice } from "./reading-slice.ts";

/** A runtime whose clock and turns are in the hands of the test. */
function handRuntime() {
  const turns: (() => void)[] = [];
  const state = { now: 0 };
  const runtime = {
    ...systemRuntime({ log: silentLog }),
    now: () => state.now,
    nextTurn: (callback: () => void): void => void turns.push(callback),
  };
  const nextTurn = (): void => {
    for (const turn of turns.splice(0)) turn();
  };
  return { runtime, state, nextTurn };
}

/** A connection that only knows whether it is paused. */
function pausable(): Connection & { readonly calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    remoteHost: "test",
    bufferedBytes: 0,
    attach() {},
    send() {},
    pause: () => void calls.push("pause"),
    resume: () => void calls.push("resume"),
    close() {},
    terminate() {},
  } as unknown as Connection & { readonly calls: string[] };
}

test("a turn reads for a few milliseconds; then those that have more to say wait for the next one", () => {
  const { runtime, state, nextTurn } = handRuntime();
  const slice = new ReadingSlice(runtime);
  const [flood, other, quiet] = [pausable(), pausable(), pausable()];
  const frame = (connection: Connection, tookMs: number): void => {
    slice.begin(state.now);
    state.now += tookMs;
    slice.handled(connection);
  };
  for (let count = 0; count < 3; count++) frame(flood, 1);
  expect(flood.calls).toEqual([]);
  frame(flood, 1);
  frame(flood, 1);
  frame(other, 1);
  expect([flood.calls, other.calls, quiet.calls]).toEqual([["pause"], ["pause"], []]);
  nextTurn();
  expect([flood.calls, other.calls, quiet.calls]).toEqual([["pause", "resume"], ["pause", "resume"], []]);
  state.now += 1_000;
  frame(flood, 1);
  expect(flood.calls).toHaveLength(2);
});

test("connections with frames at hand take turns at the whole slice", () => {
  const { runtime, state, nextTurn } = handRuntime();
  const slice = new ReadingSlice(runtime);
  /** Has always more to say, each frame for a millisecond. */
  const floods = ["a", "b", "c"].map((name) => {
    const flood = {
      name,
      frames: 0,
      isPaused: false,
      pause: () => void (flood.isPaused = true),
      resume: () => {
        flood.isPaused = false;
        while (!flood.isPaused) {
          slice.begin(state.now);
          state.now += 1;
          flood.frames++;
          slice.handled(flood as unknown as Connection);
        }
      },
    };
    return flood;
  });
  for (const flood of floods) flood.resume();
  for (let turn = 0; turn < 30; turn++) nextTurn();
  const frames = floods.map((flood) => flood.frames);
  expect(Math.max(...frames) - Math.min(...frames)).toBeLessThan(5);
});
