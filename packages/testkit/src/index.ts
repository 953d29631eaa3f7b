export { createTestSystem, TestSystem, type TestSystemOptions } from "./actors/test-system.ts";
export { TestTime } from "./actors/test-time.ts";
export { type Contract, type ContractCase, describeContract, type TestRunner } from "./contracts/contract.ts";
export {
  type DiscoverablePeer,
  type DiscoveryAbility,
  type DiscoveryBackend,
  type DiscoveryContractOptions,
  type DiscoverySubject,
  discoveryContract,
} from "./contracts/discovery-contract.ts";
export {
  type TransportAbility,
  type TransportContractOptions,
  type TransportSubject,
  transportContract,
} from "./contracts/transport-contract.ts";
export { TestkitError, type TestkitErrorCode, testkitErrorCodes } from "./errors.ts";
export type { Flight, Segment } from "./network/flight.ts";
export { localPath, type PathOptions } from "./network/path.ts";
export type { Route } from "./network/route.ts";
export type { SimulatedConnection } from "./network/simulated-connection.ts";
export { type Door, SimulatedNetwork } from "./network/simulated-network.ts";
export type { Wire } from "./network/wire.ts";
export type {
  CallPattern,
  PlainPattern,
  ProbeArguments,
  ProbeCall,
  ProbeMessage,
  ProbeMethod,
  ProbePattern,
  ProbePlainMessage,
  ProbeResult,
} from "./probe/probe-message.ts";
export { type ExpectOptions, TestProbe, type TestProbeOptions } from "./probe/test-probe.ts";
export { CommandError } from "./processes/command-error.ts";
export { namespacesUnavailable } from "./processes/network/namespaces.ts";
export type { CutOptions, ProcessPathOptions } from "./processes/network/process-network.ts";
export type { NodeProcessState } from "./processes/node-process.ts";
export {
  type NodeCommands,
  type NodeProgram,
  type NodeStartOptions,
  type ProcessNodeOptions,
  serveNode,
} from "./processes/node-program.ts";
export { ProcessCluster } from "./processes/process-cluster.ts";
export type { LinkRate, ProcessClusterOptions } from "./processes/process-cluster-options.ts";
export type { CommandArguments, CommandResult, CommandsOf, ProcessNode } from "./processes/process-node.ts";
export type { WaitOptions } from "./processes/wait-until.ts";
export { type CheckCount, CheckTally } from "./simulation/check-tally.ts";
export { Checks } from "./simulation/checkers/checks.ts";
export { EventsTellTheView } from "./simulation/checkers/events-tell-the-view.ts";
export { checkNamesEqual } from "./simulation/checkers/names-equal.ts";
export { checkNeverTwo } from "./simulation/checkers/never-two.ts";
export { checkNobodyDied } from "./simulation/checkers/nobody-died.ts";
export { checkNothingLeaks } from "./simulation/checkers/nothing-leaks.ts";
export { checkNothingPending } from "./simulation/checkers/nothing-pending.ts";
export { checkOneCopy } from "./simulation/checkers/one-copy.ts";
export { checkViewsEqual } from "./simulation/checkers/views-equal.ts";
export type { Violations } from "./simulation/checkers/violations.ts";
export { churnScenario } from "./simulation/churn-scenario.ts";
export { describeResult, replayCommand } from "./simulation/describe-result.ts";
export { FaultHistory } from "./simulation/fault-history.ts";
export { carryOut, describeFaultPlan, drawFaultPlan, type PlannedFault } from "./simulation/fault-plan.ts";
export type { Fault, FaultEffect, FaultKind, FaultName, FaultSource } from "./simulation/faults/fault.ts";
export { faultKind, faultKinds, worstEffect } from "./simulation/faults/fault-kinds.ts";
export { drawFaultRanges, type FaultRanges } from "./simulation/faults/fault-ranges.ts";
export { FaultScene } from "./simulation/faults/fault-scene.ts";
export { Ledger, type Life } from "./simulation/ledger.ts";
export { messagesScenario } from "./simulation/messages-scenario.ts";
export { monitorsScenario } from "./simulation/monitors-scenario.ts";
export { registryScenario } from "./simulation/registry-scenario.ts";
export type { Scenario, Trial } from "./simulation/scenario.ts";
export { allScenarios, scenarios } from "./simulation/scenarios.ts";
export { shorten } from "./simulation/shorten.ts";
export { Sights } from "./simulation/sights.ts";
export { checksOf, type SimulationResult, simulate } from "./simulation/simulate.ts";
export type { SimulationOptions } from "./simulation/simulation-options.ts";
export { singletonsScenario } from "./simulation/singletons-scenario.ts";
export { eventually, isUnanswered, Work } from "./simulation/work.ts";
export type { Death } from "./world/death.ts";
export type { ScheduledEvent } from "./world/event-queue.ts";
export { SeededRandom } from "./world/seeded-random.ts";
export type { DiscoveryMode } from "./world/simulated-directory.ts";
export { type ProcessState, SimulatedRuntime, type StandstillKind } from "./world/simulated-runtime.ts";
export { Trace } from "./world/trace.ts";
export { VirtualTime } from "./world/virtual-time.ts";
export { type SimulatedNode, World, type WorldOptions } from "./world/world.ts";
