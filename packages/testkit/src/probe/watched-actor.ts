import type { ActorRef, ExitReason, Runtime } from "@foundation/actor";
import { isError } from "@foundation/actor/spi";
import { Expectations } from "./expectations.ts";
import { matchesValue } from "./matching.ts";
import { show } from "./probe-message.ts";

/** The reasons that an expectation accepts; undefined accepts any. */
type ExpectedReason = ExitReason | ((reason: ExitReason) => boolean) | undefined;

/** Settings of {@link WatchedActor.expectDown}. */
interface ExpectDownOptions {
  readonly expected: ExpectedReason;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly fail: (text: string, values?: { expected: unknown; actual: unknown }) => Error;
}

/** An actor whose end a probe waits for. */
export class WatchedActor {
  readonly ref: ActorRef;
  readonly #expectations: Expectations;
  #reason: ExitReason | undefined;
  #isBlind = false;

  constructor(ref: ActorRef, runtime: Runtime) {
    this.ref = ref;
    this.#expectations = new Expectations(runtime);
  }

  /** It has ended. */
  down(reason: ExitReason): void {
    this.#reason = reason;
    this.#expectations.look();
  }

  /** Nobody will tell any more. */
  close(): void {
    this.#isBlind = true;
    this.#expectations.look();
  }

  /** Resolves to the exit reason when that is as expected. @throws what `fail` makes. */
  expectDown({ expected, timeoutMs, fail }: ExpectDownOptions): Promise<ExitReason> {
    const wanted = `${this.ref} to end${expected === undefined ? "" : ` with ${showReason(expected)}`}`;
    return this.#expectations.wait({
      timeoutMs,
      look: () => {
        const reason = this.#reason;
        if (reason === undefined && this.#isBlind)
          throw fail(`expected ${wanted}, but has ended itself and cannot see it`);
        if (reason === undefined) return undefined;
        if (accepts(expected, reason)) return { value: reason };
        const text = `expected ${wanted}, but it ended with ${showReason(reason)}`;
        // An actor that had ended before tells nobody why (as in Erlang, a late monitor sees `noproc`).
        const hint = reason === "noproc" ? "; watch(ref) before it can end, to see why it does" : "";
        throw fail(text + hint, { expected, actual: reason });
      },
      atTimeout: () => {
        throw fail(`expected ${wanted} within ${timeoutMs} ms, but it has not ended`);
      },
    });
  }
}

function accepts(expected: ExpectedReason, reason: ExitReason): boolean {
  if (expected === undefined) return true;
  return typeof expected === "function" ? expected(reason) : matchesValue(expected, reason);
}

function showReason(reason: ExpectedReason): string {
  if (isError(reason)) return `${reason.name}: ${reason.message}`;
  return typeof reason === "function" ? String(reason) : show(reason);
}
