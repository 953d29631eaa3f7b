export { ByteReader } from "./bytes/byte-reader.ts";
export { ByteWriter } from "./bytes/byte-writer.ts";
export { Codec, type CodecOptions } from "./codec/codec.ts";
export type { CodecLimits, ReferenceCodec } from "./codec/extension.ts";
export { Endpoint, type EndpointStats } from "./endpoint/endpoint.ts";
export type { EndpointHandlers, EndpointIdentity, EndpointOptions } from "./endpoint/endpoint-options.ts";
export { TransportError, type TransportErrorCode, transportErrorCodes } from "./errors.ts";
export { closeCode, type Refusal } from "./handshake/close-code.ts";
export { isNodeId, protocolVersions, type VersionRange } from "./handshake/hello.ts";
export {
  type ChannelCompression,
  type ChannelKind,
  type ChannelOptions,
  type ChannelOptionsInput,
  type ChannelOverflow,
  channelListSchema,
  channelOptionsSchema,
  controlChannel,
  defaultChannels,
} from "./link/channel-options.ts";
export type {
  ChannelStats,
  Link,
  LinkDownReason,
  LinkReceiver,
  LinkStats,
  PeerIdentity,
  SendOptions,
} from "./link/link.ts";
export { MemoryNetwork } from "./memory/memory-network.ts";
export { MemoryTransport } from "./memory/memory-transport.ts";
export { optionText } from "./option-text.ts";
export type { AuditEvent, MessageRefusal } from "./security/audit.ts";
export type { PeerOffences } from "./security/audit-trail.ts";
export type { AuthorizationDecision, AuthorizationRequest, Authorize } from "./security/authorization.ts";
export type { CertificateIdentity } from "./security/certificate-identity.ts";
export type { ConnectionSecurity } from "./security/connection-security.ts";
export { type SecretInput, secretSchema, secretsMax } from "./security/secrets.ts";
export type { TlsCertificates } from "./security/tls-certificates.ts";
export type { TlsMaterial } from "./security/tls-material.ts";
export { type TlsOptions, tlsOptionsSchema } from "./security/tls-options.ts";
export { typeShown } from "./security/type-shown.ts";
export {
  type Connection,
  type ConnectionHandlers,
  type DialOptions,
  formatAddress,
  type Listener,
  type PeerAddress,
  type Transport,
  type TransportTls,
} from "./transport.ts";
export { listenError } from "./websocket/listen-error.ts";
export { WebSocketTransport, type WebSocketTransportOptions } from "./websocket/websocket-transport.ts";
