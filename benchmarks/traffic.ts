// Traffic as users send it, the same loops for Foundation, ceilings and peers. All counts are of what the receiver has handled.
import { percentile } from "./statistics.ts";

/** How to send without flooding. */
interface Pace {
  /** Messages that are sent in a row and acknowledged together. */
  readonly batch: number;
  /** Batches that may be unacknowledged. */
  readonly window: number;
}

/** A way to one receiver that counts. */
export interface Counted {
  /** Sends so many messages in a row. */
  send(count: number): void;
  /** How many messages the receiver has handled; answered after all that was sent before. */
  received(): Promise<number>;
}

/** Control round trips and throughput at the same time. */
export interface HeadOfLine {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Megabytes (10^6 bytes) a second. */
  readonly bulk: number;
}

/** Sends for `ms` milliseconds. @returns messages that the receiver has handled, a second. */
export async function tellFor(to: Counted, pace: Pace, ms: number): Promise<number> {
  const before = await to.received();
  let received = before;
  const unacknowledged: Promise<number>[] = [];
  const start = performance.now();
  while (performance.now() - start < ms) {
    to.send(pace.batch);
    unacknowledged.push(to.received());
    if (unacknowledged.length === pace.window) received = (await unacknowledged.shift()) ?? received;
  }
  received = (await Promise.all(unacknowledged)).at(-1) ?? received;
  return ((received - before) * 1000) / (performance.now() - start);
}

/** Asks for `ms` milliseconds, each time after the answer. @returns how many milliseconds each ask took. */
export async function askFor(ask: () => Promise<unknown>, ms: number): Promise<number[]> {
  const took: number[] = [];
  const end = performance.now() + ms;
  for (let start = performance.now(); start < end; ) {
    await ask();
    const answered = performance.now();
    took.push(answered - start);
    start = answered;
  }
  return took;
}

/** Keeps `inFlight` asks on their way for `ms` milliseconds. @returns answers a second. */
export async function askInFlight(ask: () => Promise<unknown>, inFlight: number, ms: number): Promise<number> {
  let answers = 0;
  const start = performance.now();
  const askAgain = async (): Promise<void> => {
    while (performance.now() - start < ms) {
      await ask();
      answers++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, askAgain));
  return (answers * 1000) / (performance.now() - start);
}

/** Asks small things, one after the other, while large messages stream to the same process. */
export async function askBesideBulk(
  {
    ask,
    sendLarge,
    largeBytes,
  }: {
    readonly ask: () => Promise<unknown>;
    /** Sends one large message, and resolves when the receiver has it. */
    readonly sendLarge: () => Promise<unknown>;
    readonly largeBytes: number;
  },
  { window, warmUpMs, ms }: { readonly window: number; readonly warmUpMs: number; readonly ms: number },
): Promise<HeadOfLine> {
  let received = 0;
  let isOver = false;
  const stream = async (): Promise<void> => {
    while (!isOver) {
      await sendLarge();
      received++;
    }
  };
  const streams = Array.from({ length: window }, stream);
  try {
    await askFor(ask, warmUpMs);
    const before = received;
    const start = performance.now();
    const took = await askFor(ask, ms);
    const seconds = (performance.now() - start) / 1000;
    const megabytes = ((received - before) * largeBytes) / 1e6;
    return { p50Ms: percentile(took, 50), p99Ms: percentile(took, 99), bulk: megabytes / seconds };
  } finally {
    isOver = true;
    await Promise.all(streams);
  }
}
