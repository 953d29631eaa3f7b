/** The suites, in the order in which they are listed. */
export const suiteNames = ["local", "remote", "head-of-line", "failover", "singletons", "start"] as const;

/** The name of a benchmark suite. */
export type SuiteName = (typeof suiteNames)[number];

/** Measure one suite. */
export interface MeasureArguments {
  readonly command: "measure";
  readonly suite: SuiteName;
  /** Print the report as JSON, and nothing else, on standard output. */
  readonly json: boolean;
  /** Only Foundation, without ceilings and peers. */
  readonly alone: boolean;
  /** Also run the peers that have to be installed first. */
  readonly peers: boolean;
  /** `failover`: freeze a host of the peers' clusters too, although Erlang takes more than a minute to notice. */
  readonly freezePeers: boolean;
}

/** Measure a suite at another commit and here. */
export interface CompareArguments {
  readonly command: "compare";
  /** Whatever git takes for a commit. */
  readonly ref: string;
  readonly suite: SuiteName;
  readonly rounds: number;
}

/** What was asked for on the command line. */
type Arguments = MeasureArguments | CompareArguments;

const roundsDefault = 3;
/** One round says nothing of how far rounds are apart. */
const roundsMin = 2;
const roundsMax = 50;

/** How the command is called. */
export const usage: string = `Usage: npm run bench -- SUITE [--json] [--peers] [--alone] [--freeze-peers]
       npm run bench -- compare REF [SUITE] [--rounds=N]

Suites: ${suiteNames.join(", ")}

  --json          print JSON, and nothing else, on standard output
  --peers         also run Moleculer and Effect cluster, which are installed first, in benchmarks/peers
  --alone         no ceilings and no peers
  --freeze-peers  failover: also freeze a host in the systems compared with (Erlang needs 45 to 75 s to notice)

compare measures SUITE (local) in turn at the commit REF and as it is here, N times each (${roundsDefault}).`;

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads the command line.
 *
 * @throws UsageError when the suite is missing or unknown, or an option is unknown or does not fit the command.
 */
export function parseArguments(words: readonly string[]): Arguments {
  const options = words.filter((word) => word.startsWith("-"));
  const operands = words.filter((word) => !word.startsWith("-"));
  return operands[0] === "compare" ? parseCompare(operands.slice(1), options) : parseMeasure(operands, options);
}

function parseMeasure([suite, ...rest]: readonly string[], options: readonly string[]): MeasureArguments {
  refuseUnknown(options, ["--json", "--peers", "--alone", "--freeze-peers"]);
  if (suite === undefined) throw new UsageError("Which suite?");
  if (rest.length > 0) throw new UsageError(`One suite at a time; "${rest.join(" ")}" is too much.`);
  const given = new Set(options);
  const freezePeers = given.has("--freeze-peers");
  if (freezePeers && suite !== "failover") throw new UsageError(`--freeze-peers belongs to failover, not to ${suite}.`);
  if (given.has("--alone") && given.has("--peers")) throw new UsageError("--alone and --peers exclude each other.");
  return {
    command: "measure",
    suite: suiteName(suite),
    json: given.has("--json"),
    alone: given.has("--alone"),
    peers: given.has("--peers"),
    freezePeers,
  };
}

function parseCompare(
  [ref, suite = "local", ...rest]: readonly string[],
  options: readonly string[],
): CompareArguments {
  const prefix = "--rounds=";
  const counts = options.filter((option) => option.startsWith(prefix)).map((option) => option.slice(prefix.length));
  refuseUnknown(
    options.filter((option) => !option.startsWith(prefix)),
    [],
  );
  if (ref === undefined) throw new UsageError("Compare with which commit?");
  if (rest.length > 0) throw new UsageError(`One suite at a time; "${rest.join(" ")}" is too much.`);
  const [count = String(roundsDefault)] = counts;
  const rounds = Number(count);
  if (!Number.isInteger(rounds) || rounds < roundsMin || rounds > roundsMax) {
    throw new UsageError(`--rounds is a whole number from ${roundsMin} to ${roundsMax}, not "${count}".`);
  }
  return { command: "compare", ref, suite: suiteName(suite), rounds };
}

function refuseUnknown(options: readonly string[], known: readonly string[]): void {
  for (const option of options) if (!known.includes(option)) throw new UsageError(`Unknown option "${option}".`);
}

function suiteName(word: string): SuiteName {
  const found = suiteNames.find((name) => name === word);
  if (found === undefined) throw new UsageError(`Unknown suite "${word}".`);
  return found;
}
