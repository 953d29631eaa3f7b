export { Cluster } from "./cluster.ts";
export type { ClusterOptions } from "./cluster-options.ts";
export {
  type FailureDetectorOptions,
  type FailureDetectorOptionsInput,
  failureDetectorOptionsSchema,
} from "./detection/failure-detector-options.ts";
export { ClusterError, type ClusterErrorCode, clusterErrorCodes } from "./errors.ts";
export type { NodePart, PartPort } from "./parts/node-part.ts";
export type { NodeProtocol, NodeProtocolOptions, PayloadSchema } from "./parts/node-protocols.ts";
export { ActorMessages, type MessageStats } from "./remote/actor-messages.ts";
export type { OneWayCall, PlainMessage } from "./remote/one-way-messages.ts";
export type { RefKind } from "./remote/ref-kind.ts";
export { RemoteActor } from "./remote/remote-actor.ts";
export { actorChannelsSchema, type RemoteAddress, remoteAddressSchema } from "./remote/remote-address.ts";
export type { RemoteCalls } from "./remote/remote-calls.ts";
export type { RemoteLinks } from "./remote/remote-links.ts";
export type { RemoteSession } from "./remote/remote-session.ts";
export type { RemoteStreams } from "./remote/remote-streams.ts";
export type { RemoteWatches } from "./remote/remote-watches.ts";
export { compareStamps, HybridClock, type Stamp } from "./view/hybrid-clock.ts";
export type { DepartureReason, Member, MemberStatus, MembershipEvents } from "./view/member.ts";
export { nodeIdRule } from "./view/node-id.ts";
export type { ReadyOptions } from "./view/ready.ts";
