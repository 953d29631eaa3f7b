/** The suites, in the order in which they are listed. */
export const suiteNames = ["local", "remote", "head-of-line", "failover", "singletons"] as const;

/** The name of a benchmark suite. */
export type SuiteName = (typeof suiteNames)[number];

/** What was asked for on the command line. */
interface Arguments {
  readonly suite: SuiteName;
  /** Print the report as JSON, and nothing else, on standard output. */
  readonly json: boolean;
  /** `failover`: freeze a host of the peers' clusters too, although Erlang takes more than a minute to notice. */
  readonly freezePeers: boolean;
}

/** How the command is called. */
export const usage: string = `Usage: npm run bench -- SUITE [--json] [--freeze-peers]

Suites: ${suiteNames.join(", ")}

  --json          print JSON, and nothing else, on standard output
  --freeze-peers  failover: also freeze a host in the systems compared with (Erlang needs 45 to 75 s to notice)`;

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads the command line.
 *
 * @throws UsageError when the suite is missing or unknown, or an option is unknown or does not fit the suite.
 */
export function parseArguments(words: readonly string[]): Arguments {
  const options = new Set(words.filter((word) => word.startsWith("-")));
  const [suite, ...rest] = words.filter((word) => !word.startsWith("-"));
  for (const option of options) {
    if (option !== "--json" && option !== "--freeze-peers") throw new UsageError(`Unknown option "${option}".`);
  }
  if (suite === undefined) throw new UsageError("Which suite?");
  if (!isSuiteName(suite)) throw new UsageError(`Unknown suite "${suite}".`);
  if (rest.length > 0) throw new UsageError(`One suite at a time; "${rest.join(" ")}" is too much.`);
  const freezePeers = options.has("--freeze-peers");
  if (freezePeers && suite !== "failover") throw new UsageError(`--freeze-peers belongs to failover, not to ${suite}.`);
  return { suite, json: options.has("--json"), freezePeers };
}

function isSuiteName(word: string): word is SuiteName {
  return (suiteNames as readonly string[]).includes(word);
}
