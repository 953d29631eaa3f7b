import { drawReturn } from "./draw-return.ts";
import type { FaultKind } from "./fault.ts";

/** `kill -9`; most often the node comes back after a while. */
export const crash: FaultKind = {
  name: "crash",
  effect: "death",
  draw: ({ random, nodes }) => {
    const node = random.pick(nodes);
    const backAfterMs = drawReturn(random);
    return {
      kind: "crash",
      details: { node, backAfterMs },
      cause: (scene) => {
        if (scene.takeDown(node, () => scene.world.kill(node))) scene.bootAfter(node, backAfterMs);
      },
    };
  },
};
