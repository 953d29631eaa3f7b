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
