import { fileURLToPath } from "node:url";

/** Frames of a stack, as far as they help the reader. */
export interface StackFrames {
  /** Places outside the runtime and Node, innermost first; all places where there are no others. */
  readonly shown: readonly string[];
  /** How many frames are left out because they are those of the runtime and of Node. */
  readonly internal: number;
}

/** Frames that are looked at, and that are shown. */
const framesMax = 50;
const shownMax = 10;

/**
 * Where the packages of the runtime are when they run from this tree. Nothing when they were bundled into one file: then nobody can
 * tell their frames from the program's.
 */
const packagesRoot = /^(.*\/)actor\/(?:src|dist)\/log\/stack-frames\.[jt]s$/.exec(import.meta.url)?.[1];

/** The frames of `stack`. @param directory paths below it are shown relative to it. */
export function stackFrames(stack: string, directory: string): StackFrames {
  const frames = stack
    .split("\n", 2 * framesMax)
    .map((line) => /^\s+at (.*)/.exec(line)?.[1])
    .filter((frame) => frame !== undefined)
    .slice(0, framesMax);
  const own = frames.filter((frame) => !isInternal(frame));
  const shown = (own.length > 0 ? own : frames).slice(0, shownMax).map((frame) => shortenPath(frame, directory));
  return { shown, internal: frames.length - shown.length };
}

function isInternal(frame: string): boolean {
  const place = /(?:\(|^|async )((?:node:|file:\/\/|\/|[A-Za-z]:\\|<anonymous>)[^()]*)\)?$/.exec(frame)?.[1];
  if (place === undefined) return false;
  if (place.startsWith("node:") || place === "<anonymous>") return true;
  if (place.includes("node_modules/@foundation/")) return true;
  return packagesRoot !== undefined && isOfRuntime(place);
}

function isOfRuntime(place: string): boolean {
  const root = place.startsWith("file:") ? (packagesRoot as string) : pathOf(packagesRoot as string);
  return (
    place.startsWith(root) && /^[a-z-]+\/(?:src|dist)\//.test(place.slice(root.length)) && !/\.test\.[jt]s:/.test(place)
  );
}

function shortenPath(frame: string, directory: string): string {
  const base = directory.endsWith("/") ? directory : `${directory}/`;
  return frame.replace(/file:\/\/[^\s()]*/, pathOf).replace(base, "");
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
