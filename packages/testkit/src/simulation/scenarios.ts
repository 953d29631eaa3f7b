import { messagesScenario } from "./messages-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { singletonsScenario } from "./singletons-scenario.ts";

/** All scenarios, as `npm run simulate` knows them. */
export const scenarios: readonly Scenario[] = [singletonsScenario, messagesScenario];
