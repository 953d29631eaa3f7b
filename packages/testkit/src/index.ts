export { localPath, type PathOptions } from "./network/path.ts";
export { SimulatedNetwork } from "./network/simulated-network.ts";
export {
  checkEpochsRise,
  checkNamesEqual,
  checkNobodyDied,
  checkNothingLeaks,
  checkOneCopy,
  checkViewsEqual,
  type Violations,
} from "./simulation/checkers.ts";
export { FaultInjector } from "./simulation/fault-injector.ts";
export {
  describeFaultPlan,
  drawFaultPlan,
  type Fault,
  type FaultKind,
  type FaultPlanOptions,
  faultKinds,
  type PlannedFault,
} from "./simulation/fault-plan.ts";
export { Ledger, type Life } from "./simulation/ledger.ts";
export { messagesScenario } from "./simulation/messages-scenario.ts";
export {
  describeResult,
  type Scenario,
  type SimulationOptions,
  type SimulationResult,
  shorten,
  simulate,
  type Trial,
} from "./simulation/scenario.ts";
export { scenarios } from "./simulation/scenarios.ts";
export { singletonsScenario } from "./simulation/singletons-scenario.ts";
export { SeededRandom } from "./world/seeded-random.ts";
export { type ProcessState, SimulatedRuntime } from "./world/simulated-runtime.ts";
export { Trace } from "./world/trace.ts";
export { VirtualTime } from "./world/virtual-time.ts";
export { type Death, type SimulatedNode, World, type WorldOptions } from "./world/world.ts";
