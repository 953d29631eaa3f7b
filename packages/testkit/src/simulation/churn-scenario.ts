import type { Scenario } from "./scenario.ts";
import { singletonsScenario } from "./singletons-scenario.ts";

/**
 * A large cluster in which nodes come and go, about one a second, for a minute: the same promises as those of
 * {@link singletonsScenario}.
 */
export const churnScenario: Scenario = {
  ...singletonsScenario,
  name: "churn",
  defaults: { nodes: 100, kinds: ["crash", "restart", "powerLoss"], faultMs: 60_000, gapMsMax: 2_000 },
};
