export { DistributedSupervisor } from "./distributed-supervisor.ts";
export { SupervisionError, type SupervisionErrorCode, supervisionErrorCodes } from "./errors.ts";
export { HashPlacement } from "./placement.ts";
export type { RemoveOptions, SingletonArguments, SingletonOptions } from "./singleton-options.ts";
export type { GivenUp, SingletonSettings, SingletonSpec, SingletonState, SpecVersion } from "./singleton-spec.ts";
