import { compareStamps, isName, type Stamp } from "@foundation/registry";
import { z } from "zod";

/** Whether the cluster keeps a singleton running. `failed`: it crashed too often; it stays down until it is asked for again. */
export type SingletonState = "wanted" | "failed" | "removed";

/** What every node knows of one singleton. */
export interface SingletonSpec {
  readonly name: string;
  /** The class, as the nodes that can host it have declared it. */
  readonly className: string;
  readonly args: readonly unknown[];
  readonly state: SingletonState;
  /** Grows with every change of this spec. */
  readonly revision: number;
  readonly stamp: Stamp;
}

export const singletonSpecSchema: z.ZodType<SingletonSpec> = z.object({
  name: z.string().refine(isName),
  className: z.string().min(1).max(255),
  args: z.array(z.unknown()).max(255),
  state: z.enum(["wanted", "failed", "removed"]),
  revision: z.int().min(1),
  stamp: z.tuple([z.int().min(0), z.int().min(0)]),
});

/**
 * Which of two versions of one spec holds: the higher revision, else the earlier stamp, else the class that comes first by
 * name. The same on every node.
 */
export function newerSpec(a: SingletonSpec, b: SingletonSpec): SingletonSpec {
  const byClass = a.className === b.className ? 0 : a.className < b.className ? -1 : 1;
  return (b.revision - a.revision || compareStamps(a.stamp, b.stamp) || byClass) <= 0 ? a : b;
}
