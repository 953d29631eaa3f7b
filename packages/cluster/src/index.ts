export { Cluster } from "./cluster.ts";
export type { ClusterOptions } from "./cluster-options.ts";
export { ClusterError, type ClusterErrorCode, clusterErrorCodes } from "./errors.ts";
export type { CopyHolder } from "./first-copies.ts";
export {
  type FailureDetectorOptions,
  type FailureDetectorOptionsInput,
  failureDetectorOptionsSchema,
} from "./membership/failure-detector-options.ts";
export type { DepartureReason, Member, MemberStatus, MembershipEvents } from "./membership/member.ts";
export { nodeIdRule } from "./membership/node-id.ts";
export type { ReadyOptions } from "./membership/ready.ts";
export { ActorMessages, type MessageStats, type NamedReferences } from "./messages/actor-messages.ts";
export type { OneWayCall, PlainMessage } from "./messages/one-way-messages.ts";
export { RemoteActor } from "./messages/remote-actor.ts";
export { actorChannelsSchema, type RemoteAddress, remoteAddressSchema } from "./messages/remote-address.ts";
export type { RemoteLinks } from "./messages/remote-links.ts";
export type { RemoteSession } from "./messages/remote-session.ts";
export type { RemoteStreams } from "./messages/remote-streams.ts";
export type { NodeProtocol, NodeProtocolOptions, PayloadSchema } from "./node-protocols.ts";
