import type { FaultKind } from "./fault.ts";

/** The network is whole again. */
export const heal: FaultKind = {
  name: "heal",
  effect: "none",
  draw: () => ({ kind: "heal", details: {}, cause: (scene) => scene.world.heal() }),
};
