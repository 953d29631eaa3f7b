// Traffic through refs as users send it. All counts are of what the receiver has handled.
import type { ActorRef } from "@foundation/runtime";
import type { Echo, Sink } from "./actors.ts";

/** How to send without flooding. */
interface Pace {
  /** Messages that are sent in a row and acknowledged together. */
  readonly batch: number;
  /** Batches that may be unacknowledged. */
  readonly window: number;
}

/** Tells `sink` for `ms` milliseconds. @returns messages that it has handled, a second. */
export async function tellFor(sink: ActorRef<Sink>, payload: unknown, pace: Pace, ms: number): Promise<number> {
  const before = await sink.ask.received();
  let received = before;
  const unacknowledged: Promise<number>[] = [];
  const start = performance.now();
  while (performance.now() - start < ms) {
    for (let sent = 0; sent < pace.batch; sent++) sink.tell.take(payload);
    unacknowledged.push(sink.ask.received());
    if (unacknowledged.length === pace.window) received = (await unacknowledged.shift()) ?? received;
  }
  received = (await Promise.all(unacknowledged)).at(-1) ?? received;
  return ((received - before) * 1000) / (performance.now() - start);
}

/** Asks `echo` for `ms` milliseconds, each time after the answer. @returns how many milliseconds each ask took. */
export async function askFor(echo: ActorRef<Echo>, request: unknown, ms: number): Promise<number[]> {
  const took: number[] = [];
  const end = performance.now() + ms;
  for (let start = performance.now(); start < end; ) {
    await echo.ask.echo(request);
    const answered = performance.now();
    took.push(answered - start);
    start = answered;
  }
  return took;
}

/** Keeps `inFlight` asks on their way for `ms` milliseconds. @returns answers a second. */
export async function askInFlight(echo: ActorRef<Echo>, inFlight: number, ms: number): Promise<number> {
  let answers = 0;
  const start = performance.now();
  const askAgain = async (): Promise<void> => {
    while (performance.now() - start < ms) {
      await echo.ask.echo("ping");
      answers++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, askAgain));
  return (answers * 1000) / (performance.now() - start);
}
