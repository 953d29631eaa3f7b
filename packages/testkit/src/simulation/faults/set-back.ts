import { drawReturn } from "./draw-return.ts";
import type { FaultKind } from "./fault.ts";

/** A machine restarts with its clock set back: its node's new life looks older than the last one. */
export const setBack: FaultKind = {
  name: "setBack",
  effect: "death",
  draw: ({ random, nodes, ranges }) => {
    const node = random.pick(nodes);
    const byMs = -Math.ceil(random.between(1, ranges.clockMsMax));
    const backAfterMs = drawReturn(random);
    return {
      kind: "setBack",
      details: { node, byMs, backAfterMs },
      cause: (scene) => {
        if (!scene.takeDown(node, () => scene.world.kill(node))) return;
        scene.world.jumpClock(node, byMs);
        scene.bootAfter(node, backAfterMs);
      },
    };
  },
};
