import type { FailedAsk } from "./node-messages.ts";

/** What is known of the kill when failed asks are judged. */
export interface Kill {
  readonly victim: string;
  /** By survivor: when it first heard from the new index. */
  readonly answeredAt: ReadonlyMap<string, number>;
  /** Asks that one node may have in flight. */
  readonly inFlightMax: number;
}

/**
 * Finds the failed asks that must not have failed.
 *
 * Only an ask that was on its way to the killed process may fail, and only with `nodedown`: its outcome is not known.
 * Every other one should have waited for the new index.
 */
export function unexpectedFailures(
  failed: readonly { readonly by: string; readonly ask: FailedAsk }[],
  { victim, answeredAt, inFlightMax }: Kill,
): string[] {
  const problems: string[] = [];
  const excused = new Map<string, number>();
  for (const { by, ask } of failed) {
    const recoveredAt = answeredAt.get(by);
    const isExcused =
      ask.code === "nodedown" && ask.to === victim && recoveredAt !== undefined && ask.sentAt < recoveredAt;
    if (isExcused) excused.set(by, (excused.get(by) ?? 0) + 1);
    else problems.push(`${ask.message} from ${by} to ${ask.to ?? "nobody"} failed: ${ask.code}: ${ask.text}`);
  }
  for (const [by, count] of excused) {
    if (count > inFlightMax) problems.push(`${count} asks from ${by} failed, at most ${inFlightMax} were in flight`);
  }
  return problems;
}
