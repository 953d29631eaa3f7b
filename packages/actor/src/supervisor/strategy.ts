import type { Child } from "./child.ts";

/**
 * Which children are started again when one of them has to be.
 *
 * - `oneForOne`: that one.
 * - `oneForAll`: all; the others are stopped first.
 * - `restForOne`: that one and those that were started after it.
 */
export type Strategy = "oneForOne" | "oneForAll" | "restForOne";

/** `child` and those that are stopped and started again with it, of `children` in start order. */
export function groupOf(strategy: Strategy, children: readonly Child[], child: Child): readonly Child[] {
  switch (strategy) {
    case "oneForOne":
      return [child];
    case "oneForAll":
      return children;
    case "restForOne":
      return children.slice(children.indexOf(child));
    default:
      return strategy satisfies never;
  }
}

/**
 * The group that may be started again now, of `children` in start order: none of it has to wait for a child that is not due.
 *
 * Where one child depends on the others none starts before all are due; where it depends on those before it, before these are.
 * Each is its own group under `oneForOne`, so this is for the others.
 */
export function dueGroup(strategy: Exclude<Strategy, "oneForOne">, children: readonly Child[]): readonly Child[] {
  const restarting = children.filter(({ isRestarting }) => isRestarting);
  const [first] = restarting;
  if (first === undefined) return [];
  switch (strategy) {
    case "oneForAll":
      return restarting.every(({ isDue }) => isDue) ? children : [];
    case "restForOne":
      return first.isDue ? children.slice(children.indexOf(first)) : [];
    default:
      return strategy satisfies never;
  }
}
