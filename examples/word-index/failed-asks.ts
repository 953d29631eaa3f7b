import type { FailedAsk } from "./node-messages.ts";

/** What is known of the kill when failed asks are judged. */
interface Kill {
  readonly victim: string;
  /** By survivor. */
  readonly survivors: ReadonlyMap<string, Survivor>;
}

/** What the kill was to one of the other nodes. */
export interface Survivor {
  /** When it first heard from the new index. */
  readonly answeredAt: number;
  /** Asks it had on their way to the victim when it noticed. */
  readonly inFlight: number;
}

/**
 * Finds the failed asks that must not have failed.
 *
 * Only an ask that was on its way to the killed process may fail, and only with `nodedown`: its outcome is not known.
 * Every other one should have waited for the new index.
 */
export function unexpectedFailures(
  failed: readonly { readonly by: string; readonly ask: FailedAsk }[],
  { victim, survivors }: Kill,
): string[] {
  const problems: string[] = [];
  const excused = new Map<string, number>();
  for (const { by, ask } of failed) {
    const survivor = survivors.get(by);
    const isExcused =
      ask.code === "nodedown" && ask.to === victim && survivor !== undefined && ask.sentAt < survivor.answeredAt;
    if (isExcused) excused.set(by, (excused.get(by) ?? 0) + 1);
    else problems.push(`${ask.message} from ${by} to ${ask.to ?? "nobody"} failed: ${ask.code}: ${ask.text}`);
  }
  for (const [by, count] of excused) {
    const inFlight = survivors.get(by)?.inFlight ?? 0;
    if (count > inFlight) problems.push(`${count} asks from ${by} failed, but only ${inFlight} were in flight`);
  }
  return problems;
}
