export { Actor } from "./actor/actor.ts";
export type { ActorCell } from "./actor/actor-cell.ts";
export type { ActorChannels } from "./actor/actor-channels.ts";
export type { ActorClass } from "./actor/actor-class.ts";
export type { ActorContext, Behaviour } from "./actor/actor-context.ts";
export type { ActorCounters, ActorInbox } from "./actor/actor-inbox.ts";
export type { ActorSignals, ActorState, Signal } from "./actor/actor-signals.ts";
export type { ActorTimers } from "./actor/actor-timers.ts";
export type { CellHost } from "./actor/cell-host.ts";
export type { ContextOwner } from "./actor/context-owner.ts";
export type { Crash } from "./actor/crash-log.ts";
export type { DeferredReply } from "./actor/deferred-reply.ts";
export type { ActorStatics, Protocol } from "./actor/protocol.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./actor/standard-schema.ts";
export type { Surroundings, WorkOwner } from "./actor/work.ts";
export type { Envelope } from "./contract/envelope.ts";
export type { Execution, ExecutionOwner } from "./contract/execution.ts";
export type { Method } from "./contract/method.ts";
export type { ReadStream } from "./contract/read-stream.ts";
export type { ReplyTo } from "./contract/reply-to.ts";
export { ActorError, type ActorErrorCode, actorErrorCodes, FoundationError, OverloadedError } from "./errors.ts";
export type { StormEvent, StormLog } from "./log/storm-log.ts";
export type { Mailbox } from "./mailbox/mailbox.ts";
export type { MailboxLimits, MailboxOptions, Overflow, Priority } from "./mailbox/mailbox-options.ts";
export type { Ring } from "./mailbox/ring.ts";
export type { CallOptions } from "./message/call-options.ts";
export type { Ask, MessageName, Refused, Stream, StreamName, Tell } from "./message/calls.ts";
export type { DeadLetter, DeadLetterReason } from "./message/dead-letter.ts";
export type { DeadLetterNotes } from "./message/dead-letter-log.ts";
export type { DeadlineList, Deadlines, Expiring } from "./message/deadlines.ts";
export type { ExitListener, Recipient } from "./message/recipient.ts";
export { ActorRef } from "./message/ref.ts";
export type { ProtocolOf, RefOf } from "./message/ref-of.ts";
export { Rejection } from "./message/rejection.ts";
export type { AskingSystem, PendingReply, Target } from "./message/reply.ts";
export { askTimeoutMsDefault, askTimeoutMsMax } from "./message/timeouts.ts";
export {
  LocalRegistry,
  type LocalRegistryOptions,
  NameTakenError,
  type RegistryChange,
  type RegistryEntry,
} from "./registry/local-registry.ts";
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
export { type LogFormat, type StandardErrorOptions, standardErrorLog } from "./runtime/system-standard-error.ts";
export { describeExit, type ExitReason, isAbnormal } from "./signal/exit-reason.ts";
export type { Exit, ExitSignal } from "./signal/exit-signal.ts";
export type { Down, Monitor } from "./signal/monitor.ts";
export type { Ties } from "./signal/ties.ts";
export { ActorStream } from "./stream/actor-stream.ts";
export { type StreamConsumer, type StreamSubscription, streamWindowDefault } from "./stream/stream.ts";
export type { StreamHost, StreamProducer } from "./stream/stream-producer.ts";
export type { Backoff, BackoffOptions, RestartBackoff } from "./supervisor/backoff.ts";
export type { ChildCounts, ChildInfo } from "./supervisor/child.ts";
export {
  type ChildSpec,
  type ChildSpecArguments,
  type ChildSpecOptions,
  childSpec,
  type Restart,
  type Shutdown,
} from "./supervisor/child-spec.ts";
export { DynamicSupervisor, type DynamicSupervisorOptions } from "./supervisor/dynamic-supervisor.ts";
export {
  PartitionSupervisor,
  type PartitionSupervisorOptions,
  partitionOf,
} from "./supervisor/partition-supervisor.ts";
export type { RestartIntensityOptions } from "./supervisor/restart-intensity.ts";
export type { Strategy } from "./supervisor/strategy.ts";
export { type AutoShutdown, Supervisor, type SupervisorOptions } from "./supervisor/supervisor.ts";
export type { SupervisorEvent } from "./supervisor/supervisor-report.ts";
export {
  startTask,
  type Task,
  type TaskContext,
  type TaskOptions,
  TaskSupervisor,
} from "./supervisor/task-supervisor.ts";
export { ActorSystem } from "./system/actor-system.ts";
export type { ActorTree, ActorTreeNode } from "./system/actor-tree.ts";
export type { Schedulable, Scheduler } from "./system/scheduler.ts";
export type { Guardian, SpawnArguments, SpawnOptions, SupervisedSpawnOptions } from "./system/spawn-options.ts";
export type { ActorSystemOptions, GiveUp } from "./system/system-options.ts";
