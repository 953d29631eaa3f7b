import { FoundationError } from "../errors.ts";
import { CapturedStack } from "../log/captured-stack.ts";
import { isError } from "../realm/native-class.ts";
import { showThrown } from "../signal/exit-reason.ts";

/** Errors that get their asker's place within {@link spanMs}; a burst of failures must not cost more than the asks did. */
const placedMax = 32;
const spanMs = 10;

const settled = Promise.resolve();
/** How many had their place in this span of each clock. */
const spans = new WeakMap<Clock, { until: number; placed: number }>();

/** What tells the time, in monotonic milliseconds. */
interface Clock {
  now(): number;
}

/** An ask that fails. */
interface FailedAsk {
  /** What was asked, of whom. */
  readonly call: string;
  readonly error: unknown;
  /** The resolving function of the ask's promise, as the engine made it. */
  readonly resolve: (value: unknown) => void;
  readonly reject: () => void;
}

/**
 * Rejects the promise of an ask, after its error was given the place that asked, if it has none of the program: it came from
 * another node, whose stacks stay there, or the runtime made it.
 *
 * Nothing is kept for it while the ask is under way. The engine finds the code that awaits a promise by following it from the one
 * whose reaction is at work (as it does for async stack traces); so the promise of that reaction is made to resolve the ask's.
 */
export function rejectFromAsker({ call, error, resolve, reject }: FailedAsk, clock: Clock): void {
  if (!isError(error) || !hasRoom(clock) || !hasNoPlace(error)) return reject();
  const work = settled.then(() => {
    givePlace(error, call, asyncFrames());
    reject();
  });
  // Comes too late to do anything: it is there to be followed.
  void work.then(resolve);
}

function hasRoom(clock: Clock): boolean {
  let span = spans.get(clock);
  if (span === undefined) spans.set(clock, (span = { until: 0, placed: 0 }));
  const now = clock.now();
  if (now >= span.until) Object.assign(span, { until: now + spanMs, placed: 0 });
  return span.placed++ < placedMax;
}

function hasNoPlace(error: Error): boolean {
  return error instanceof FoundationError || !hasFrames(error);
}

function hasFrames(error: Error): boolean {
  try {
    return typeof error.stack !== "string" || /\n\s+at /.test(error.stack);
  } catch {
    return true;
  }
}

/** Where the asking code waits, innermost first. */
function asyncFrames(): string[] {
  // Behind the reaction at work, and what runs reactions; not by the word async: tools that map sources leave it out.
  const [, ...frames] = new CapturedStack(asyncFrames).lines;
  return frames.filter((line) => !line.includes("node:internal/process/"));
}

function givePlace(error: Error, call: string, frames: readonly string[]): void {
  if (frames.length === 0 && error instanceof FoundationError) return;
  const from = frames.length === 0 ? "" : ", asked from";
  const stack = [showThrown(error), `    at ${call}${from}`, ...frames].join("\n");
  try {
    Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
  } catch {
    // It is frozen, and stays as it is.
  }
}
