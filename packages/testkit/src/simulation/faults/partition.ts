import type { FaultKind } from "./fault.ts";

/** The network falls into two parts. */
export const partition: FaultKind = {
  name: "partition",
  effect: "split",
  draw: ({ random, nodes }) => {
    const groups: [string[], string[]] = [[], []];
    for (const name of nodes) groups[random.integer(0, 1) as 0 | 1].push(name);
    return { kind: "partition", details: { groups }, cause: (scene) => scene.world.partition(...groups) };
  },
};
