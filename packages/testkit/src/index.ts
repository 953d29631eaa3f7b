export { localPath, type PathOptions } from "./network/path.ts";
export { SimulatedNetwork } from "./network/simulated-network.ts";
export {
  checkEpochsRise,
  checkNamesEqual,
  checkNothingLeaks,
  checkOneCopy,
  checkViewsEqual,
  type Violations,
} from "./simulation/checkers.ts";
export { type Fault, FaultInjector, type FaultInjectorOptions } from "./simulation/fault-injector.ts";
export { Ledger, type Life } from "./simulation/ledger.ts";
export {
  runSingletonsScenario,
  type SimulationResult,
  type SingletonsScenarioOptions,
} from "./simulation/singletons-scenario.ts";
export { SeededRandom } from "./world/seeded-random.ts";
export { type ProcessState, SimulatedRuntime } from "./world/simulated-runtime.ts";
export { Trace } from "./world/trace.ts";
export { VirtualTime } from "./world/virtual-time.ts";
export { type SimulatedNode, World, type WorldOptions } from "./world/world.ts";
