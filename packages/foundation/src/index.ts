export {
  Actor,
  type ActorClass,
  type ActorContext,
  ActorError,
  type ActorErrorCode,
  ActorRef,
  ActorSystem,
  type CallOptions,
  type ChildSpec,
  childSpec,
  type DeadLetter,
  type Down,
  type ExitReason,
  FoundationError,
  type Log,
  type LogEvent,
  type LogLevel,
  type Monitor,
  Rejection,
  type Runtime,
  Supervisor,
  type SupervisorOptions,
  systemRuntime,
  type Timer,
} from "@foundation/actor";
export { ClusterError, type ClusterErrorCode, type Member, type MembershipEvents } from "@foundation/cluster";
export {
  type Announcement,
  DiscoveryError,
  type DiscoveryErrorCode,
  type DiscoveryStrategy,
  type PeerCandidate,
} from "@foundation/discovery";
export { type NameOwner, RegistryError, type RegistryErrorCode } from "@foundation/registry";
export { type SingletonOptions, SupervisionError, type SupervisionErrorCode } from "@foundation/supervision";
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
export { type FacadeErrorCode, facadeErrorCodes, StartError } from "./errors.ts";
export { Foundation } from "./foundation.ts";
export { Node } from "./node.ts";
export type { FoundationOptions } from "./options.ts";
export { simulatedHop } from "./simulated-hop.ts";
