import { OptionTable, optionRule } from "@foundation/actor/spi";
import { invalidOption, TestkitError } from "../errors.ts";
import { show } from "./ipc.ts";
import { within } from "./within.ts";

/** The pause between two looks. Milliseconds. */
const pauseMs = 10;
/** Characters of a value that an error shows. */
const shownMax = 2_000;

/** How long to wait, and for what. */
export interface WaitOptions<T> {
  /** Milliseconds. Default 10 000. */
  readonly timeoutMs?: number;
  /** Whether this value was waited for. Default: one that is truthy. */
  readonly until?: (value: T) => boolean;
}

export const waitTable: OptionTable<WaitOptions<unknown>> = new OptionTable(
  "waitUntil()",
  { timeoutMs: optionRule.milliseconds({ min: 0 }), until: optionRule.callback },
  invalidOption,
);

/** One wait: what for, how to look, and what to say when it was in vain. */
interface Wait<T> extends WaitOptions<T> {
  readonly what: string;
  readonly read: () => Promise<T> | T;
  readonly diagnose: () => Promise<string>;
}

/** Looks again and again until the deadline. A look that throws, or does not come back, is one that saw nothing good. */
export async function waitUntil<T>({ what, read, diagnose, timeoutMs = 10_000, until = Boolean }: Wait<T>): Promise<T> {
  const endAt = performance.now() + timeoutMs;
  let seen = "nothing yet: the first look did not come back";
  while (performance.now() < endAt) {
    const look = await within(endAt - performance.now(), async () => read());
    if (look.kind === "value" && until(look.value)) return look.value;
    if (look.kind === "value") seen = show(look.value);
    else if (look.kind === "error") seen = `an error: ${show(look.error)}`;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  const text = `waited ${timeoutMs} ms in vain until ${what}; last seen: ${seen.slice(0, shownMax)}`;
  throw new TestkitError("waitTimeout", `${text}\n${await diagnose()}`);
}
