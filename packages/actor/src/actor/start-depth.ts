import { ActorError } from "../errors.ts";

/** An actor that starts. */
interface Starting {
  readonly label: string;
  readonly protocol: { readonly className: string };
  readonly isAlive: boolean;
}

/** Starts within each other. More is taken for a class that spawns itself, or a list of children that holds itself. */
const startDepthMax = 5_000;
/** Starts that share one stack, which has room for ten times as many. */
const startsPerStack = 100;

/**
 * How many starts that of an actor happens within: those of actors that spawn in their constructor or `onStart`. Most happen within
 * none and have no entry, which keeps spawning as cheap as it is.
 */
const depths = new WeakMap<Starting, number>();

/**
 * `cell` is spawned while `parent` starts.
 *
 * @throws ActorError `overloaded` below 5 000 other starts.
 */
export function noteStartWithin(parent: Starting, cell: Starting): void {
  const depth = (depths.get(parent) ?? 0) + 1;
  if (depth <= startDepthMax) return void depths.set(cell, depth);
  throw new ActorError(
    "overloaded",
    `${parent.protocol.className} ${parent.label} starts within ${startDepthMax} other starts, and none starts within it; ` +
      "look for a class that spawns itself in onStart, or a child spec that is among its own children",
  );
}

/** Whether the start of `cell`, which happens within others, needs a stack of its own. */
export function needsOwnStack(cell: Starting): boolean {
  const depth = depths.get(cell);
  return depth !== undefined && depth % startsPerStack === 0;
}

/** Runs `onStart` of `cell` soon: to the actor that spawned it, it looks as if it began with an `await`. */
export async function runOnOwnStack(cell: Starting, onStart: () => void | Promise<void>): Promise<void> {
  await undefined;
  if (cell.isAlive) await onStart();
}
