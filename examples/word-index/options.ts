import { type Stats, statSync } from "node:fs";
import { access, constants } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** What the user asked for. */
export interface Options {
  /** Index the text files below this folder; undefined: the repository and the documentation of its packages. */
  readonly folder: string | undefined;
  /** Print the summary alone, as JSON. */
  readonly json: boolean;
  /** Leave the cluster running until Ctrl-C. */
  readonly keep: boolean;
  readonly help: boolean;
}

/** Why the command line cannot be used. */
type UsageErrorCode =
  | "unknownOption"
  | "tooManyFolders"
  | "folderNotFound"
  | "notAFolder"
  | "folderUnreadable"
  | "noText";

/** The command line cannot be used; nothing was started. */
export class UsageError extends Error {
  readonly code: UsageErrorCode;

  constructor(code: UsageErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export const usage = `Usage: npm start [-- [FOLDER] [--json] [--keep]]

Three processes form a cluster, index the text files of FOLDER (default: this repository and the documentation of its
packages) in one supervised actor, lose the process that hosts it to SIGKILL, and recover.

  --json   print nothing but the summary, as JSON
  --keep   leave the cluster running until Ctrl-C
  --help   print this
`;

/** @throws UsageError `unknownOption`, `tooManyFolders`. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  if (positionals.length > 1) {
    throw new UsageError("tooManyFolders", `one folder can be indexed, ${positionals.length} were given`);
  }
  return {
    folder: positionals[0],
    json: values.json ?? false,
    keep: values.keep ?? false,
    help: values.help ?? false,
  };
}

function parse(args: readonly string[]) {
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { json: flag, keep: flag, help: flag } });
  } catch (error) {
    const [firstSentence] = (error as Error).message.split(". ");
    throw new UsageError("unknownOption", `${firstSentence}; allowed are --json, --keep, --help and one folder`);
  }
}

/**
 * Checks that a folder can be listed.
 *
 * @returns its absolute path.
 * @throws UsageError `folderNotFound`, `notAFolder`, `folderUnreadable`.
 */
export async function usableFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  const stats = statOf(path);
  if (!stats.isDirectory())
    throw new UsageError("notAFolder", `${path} is not a folder; name one that holds text files`);
  try {
    await access(path, constants.R_OK | constants.X_OK);
  } catch {
    throw new UsageError("folderUnreadable", `${path} cannot be read by this user; name another folder`);
  }
  return path;
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM") {
      throw new UsageError("folderUnreadable", `${path} cannot be read by this user (${code}); name another folder`);
    }
    throw new UsageError("folderNotFound", `${path} does not exist (${code}); name a folder that holds text files`);
  }
}
