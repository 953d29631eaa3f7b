export { Actor } from "./actor.ts";
export { ActorCell } from "./actor-cell.ts";
export type { ActorContext } from "./actor-context.ts";
export {
  ActorSystem,
  type ActorSystemOptions,
  type DeadLetter,
  type SpawnArguments,
  type SpawnOptions,
} from "./actor-system.ts";
export { type ChildSpec, type ChildSpecOptions, childSpec, type Restart, shouldRestart } from "./child-spec.ts";
export { Deadlines, Expiring } from "./deadlines.ts";
export { ActorError, type ActorErrorCode, actorErrorCodes, FoundationError } from "./errors.ts";
export { describeExit, type ExitReason, isAbnormal, reasonFrom, showThrown } from "./exit-reason.ts";
export type { Down, Monitor } from "./monitor.ts";
export { type ActorClass, lifecycleHooks, type Method, Protocol } from "./protocol.ts";
export type { CallOptions, ExitListener, Recipient } from "./recipient.ts";
export { ActorRef, type Ask, askTimeoutMsDefault, askTimeoutMsMax, type MessageName, type Tell } from "./ref.ts";
export { Rejection } from "./rejection.ts";
export { PendingReply, type ReplyTo } from "./reply.ts";
export { RestartIntensity, type RestartIntensityOptions } from "./restart-intensity.ts";
export {
  createLog,
  type Log,
  type LogEvent,
  type LogFields,
  type LogLevel,
  type LogSink,
  silentLog,
  withFields,
} from "./runtime/log.ts";
export type { Runtime, Timer, TimerOptions } from "./runtime/runtime.ts";
export { type SystemRuntimeOptions, standardErrorSink, systemRuntime } from "./runtime/system-runtime.ts";
export { type ChildInfo, Supervisor, type SupervisorOptions } from "./supervisor.ts";
