import { messagesScenario } from "./messages-scenario.ts";
import { monitorsScenario } from "./monitors-scenario.ts";
import { registryScenario } from "./registry-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { singletonsScenario } from "./singletons-scenario.ts";

/** All scenarios, as `npm run simulate` knows them. */
export const scenarios: readonly Scenario[] = [
  singletonsScenario,
  registryScenario,
  monitorsScenario,
  messagesScenario,
];
