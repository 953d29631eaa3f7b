import { churnScenario } from "./churn-scenario.ts";
import { messagesScenario } from "./messages-scenario.ts";
import { monitorsScenario } from "./monitors-scenario.ts";
import { registryScenario } from "./registry-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { singletonsScenario } from "./singletons-scenario.ts";

/** The scenarios that `npm run simulate` runs unless it is told which. */
export const scenarios: readonly Scenario[] = [
  singletonsScenario,
  registryScenario,
  monitorsScenario,
  messagesScenario,
];

/** All scenarios that `npm run simulate` knows by name. */
export const allScenarios: readonly Scenario[] = [...scenarios, churnScenario];
