import type { Refusal } from "./handshake/close-code.ts";
import type { CertificateIdentity } from "./security/certificate-identity.ts";
import type { ConnectionSecurity } from "./security/connection-security.ts";

/** Where a node can be dialed. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * What a {@link Connection} reports. Called one at a time, and never from inside `send`, `close` or `terminate`; only
 * `attach` hands over what has waited for it before it returns, if it likes.
 */
export interface ConnectionHandlers {
  /** One whole frame arrived. The bytes are the receiver's: it may keep them, or give their memory away; nobody else uses them again. */
  onFrame(frame: Uint8Array): void;
  /** Bytes were handed to the operating system, so {@link Connection.bufferedBytes} went down. Not called after a close. */
  onDrain(): void;
  /**
   * The connection is gone; called once, after the last frame, also after a local {@link Connection.close} or
   * {@link Connection.terminate}.
   *
   * @param code the WebSocket close code of the side that closed first; 1006 when the connection broke or was terminated.
   */
  onClose(code: number, reason: string): void;
}

/** One duplex stream of byte frames. It knows nothing of nodes, channels or messages. */
export interface Connection {
  /** The host of the other side as the network shows it, without the port; never empty. Limits are counted by it. */
  readonly remoteHost: string;
  /** What TLS says about the connection. Absent when it is not encrypted. */
  readonly security?: ConnectionSecurity | undefined;
  /** Bytes accepted by {@link send} that the operating system has not taken yet. */
  readonly bufferedBytes: number;
  /**
   * Directs events to `handlers`, replacing earlier ones.
   *
   * Frames that arrived before the first call are kept for it, at least 16 of them, and so is a close; the connection may
   * be dropped when more arrive.
   */
  attach(handlers: ConnectionHandlers): void;
  /**
   * Sends a frame of 1 byte to 256 KiB. Frames arrive whole and in order, or not at all.
   *
   * The connection owns the bytes from here on. Does nothing once the connection is closing. Throws nothing: a connection
   * that cannot send any more closes.
   *
   * @param release called with `frame` when its bytes are used no more, so that they can be used again; never, when that is
   * not known.
   */
  send(frame: Uint8Array, release?: (frame: Uint8Array) => void): void;
  /**
   * Frames that follow may wait for {@link uncork}, to leave together; they count as {@link bufferedBytes} meanwhile. Absent: each
   * frame leaves by itself.
   */
  cork?(): void;
  /** What has waited since {@link cork} leaves now. */
  uncork?(): void;
  /**
   * Stops reading: frames that were not read yet wait with the sender, or here, until {@link resume}. A few that were read
   * already may still be reported. Also a close may wait.
   */
  pause(): void;
  /** Reads again. Harmless when it was not paused. */
  resume(): void;
  /**
   * Closes after what was sent has left; the other side gets all of it, then `code` and `reason`. Does nothing when the
   * connection is closing already.
   *
   * @param code 1000 or 4000 to 4999.
   * @param reason may be cut, at a character, to the 123 bytes that fit into a WebSocket frame.
   */
  close(code: number, reason: string): void;
  /** Drops the connection at once, with whatever it still holds. Both sides see code 1006. Harmless when repeated. */
  terminate(): void;
}

/** An open door. */
export interface Listener {
  /** The address that was bound, with the real port when port 0 was asked for. */
  readonly address: PeerAddress;
  /** Stops accepting and drops the connections that were accepted; resolves when no handle is left and the port is free. */
  close(): Promise<void>;
}

/** Limits of one dial. */
export interface DialOptions {
  /** Milliseconds until the connection has to be open; then the dial is rejected with `timeout`. */
  readonly timeoutMs: number;
  /** Gives up early: the dial is rejected with `closed`, and no connection is left. */
  readonly signal?: AbortSignal;
}

/**
 * Carries frames of bytes between addresses. Everything above it (handshake, links, channels) works the same over real
 * sockets, in memory and in a simulated world.
 *
 * `transportContract` of `@foundation/testkit` checks an implementation against what is said here.
 */
export interface Transport {
  /**
   * Accepts connections.
   *
   * @param options port 0 asks for any free port.
   * @param onConnection has to call {@link Connection.attach} before it returns.
   * @param onRefused told of connections that were refused before they became one, such as those that speak something else.
   * @throws {TransportError} `addressInUse` or `addressNotAvailable`, with the address in the message.
   */
  listen(
    options: PeerAddress,
    onConnection: (connection: Connection) => void,
    onRefused?: (remoteHost: string, refusal: Refusal) => void,
  ): Promise<Listener>;
  /**
   * Opens a connection.
   *
   * @throws {TransportError} `connectionRefused`, `unreachable`, `timeout`, `closed` when `signal` gave it up, `protocol` when
   * something else listens there, `certificateRejected` when either side does not accept the other's certificate.
   */
  dial(address: PeerAddress, options: DialOptions): Promise<Connection>;
  /** The certificates with which connections are encrypted. Absent: they are not. */
  readonly tls?: TransportTls | undefined;
}

/** The certificates of a {@link Transport}. */
export interface TransportTls {
  /** Whether who dials has to show a certificate, too. */
  readonly requireClientCertificate: boolean;
  /** Milliseconds between looks at the files that hold them; 0: never. */
  readonly checkFilesMs: number;
  /**
   * Reads them, and uses them for connections from now on, once `check` has returned.
   *
   * @returns this node's certificate; undefined when nothing has changed.
   * @throws {TransportError} `invalidTls`, or what `check` throws; those in use stay in use then.
   */
  load(check: (certificate: CertificateIdentity) => void): Promise<CertificateIdentity | undefined>;
}

/** `host:port`, with brackets around an IPv6 host. */
export function formatAddress({ host, port }: PeerAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
