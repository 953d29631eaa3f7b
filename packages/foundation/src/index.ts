// What programs use, by name.

// And the type of whatever they may infer: of `node.transport`, `ref.ask`, a link's statistics. A package that exports such a
// value needs a name for its type that it can import from here; only a type alone (`type`) makes that list complete by itself.
export type * from "@foundation/actor";
export {
  Actor,
  type ActorClass,
  type ActorContext,
  type ActorCounters,
  ActorError,
  type ActorErrorCode,
  ActorRef,
  type ActorStatics,
  ActorStream,
  ActorSystem,
  type ActorTree,
  type ActorTreeNode,
  type Behaviour,
  type CallOptions,
  type ChildInfo,
  type ChildSpec,
  type ChildSpecOptions,
  childSpec,
  type DeadLetter,
  type DeferredReply,
  type Down,
  DynamicSupervisor,
  type DynamicSupervisorOptions,
  type Exit,
  type ExitReason,
  FoundationError,
  isAbnormal,
  LocalRegistry,
  type LocalRegistryOptions,
  type Log,
  type LogEvent,
  type LogFormat,
  type LogLevel,
  type MailboxOptions,
  type Monitor,
  NameTakenError,
  OverloadedError,
  PartitionSupervisor,
  type PartitionSupervisorOptions,
  type ProtocolOf,
  type RefOf,
  Rejection,
  type Runtime,
  type StandardSchema,
  Supervisor,
  type SupervisorOptions,
  startTask,
  systemRuntime,
  type Task,
  TaskSupervisor,
  type Timer,
} from "@foundation/actor";
export type * from "@foundation/actor/spi";
export type * from "@foundation/cluster";
export { ClusterError, type ClusterErrorCode, type Member, type MembershipEvents } from "@foundation/cluster";
export type * from "@foundation/discovery";
export {
  type Announcement,
  DiscoveryError,
  type DiscoveryErrorCode,
  type DiscoveryStrategy,
  type PeerCandidate,
} from "@foundation/discovery";
export type * from "@foundation/registry";
export { type NameOwner, RegistryError, type RegistryErrorCode } from "@foundation/registry";
export type * from "@foundation/supervision";
export { type SingletonOptions, SupervisionError, type SupervisionErrorCode } from "@foundation/supervision";
export type * from "@foundation/transport";
export {
  type AuditEvent,
  type AuthorizationDecision,
  type AuthorizationRequest,
  type Authorize,
  type CertificateIdentity,
  type TlsOptions,
  TransportError,
  type TransportErrorCode,
} from "@foundation/transport";
export type { Cookie } from "./cookie.ts";
export { type FacadeErrorCode, facadeErrorCodes, StartError } from "./errors.ts";
export { Foundation } from "./foundation.ts";
export { Node, type NodeParts, type NodeSpawnArguments } from "./node.ts";
export type { FoundationOptions } from "./options.ts";
export { simulatedHop } from "./simulated-hop.ts";
