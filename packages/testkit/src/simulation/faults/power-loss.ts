import { drawReturn } from "./draw-return.ts";
import type { FaultKind } from "./fault.ts";

/** A host is gone without a word; its connections stay half open at the others. Most often it comes back after a while. */
export const powerLoss: FaultKind = {
  name: "powerLoss",
  effect: "death",
  draw: ({ random, nodes }) => {
    const node = random.pick(nodes);
    const backAfterMs = drawReturn(random);
    return {
      kind: "powerLoss",
      details: { node, backAfterMs },
      cause: (scene) => {
        if (scene.takeDown(node, () => scene.world.powerLoss(node))) scene.bootAfter(node, backAfterMs);
      },
    };
  },
};
