export { DistributedSupervisor, type SingletonArguments, type SingletonOptions } from "./distributed-supervisor.ts";
export { SupervisionError, type SupervisionErrorCode, supervisionErrorCodes } from "./errors.ts";
export { HashPlacement } from "./placement.ts";
export type { SingletonSpec, SingletonState } from "./singleton-spec.ts";
