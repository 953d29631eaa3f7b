export { type ActorErrorCode, FoundationError } from "./errors.ts";
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
export { type SystemRuntimeOptions, systemRuntime } from "./runtime/system-runtime.ts";
