/** Where a node can be dialed. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** What a {@link Connection} reports. Called one at a time, never from inside a call into the connection. */
export interface ConnectionHandlers {
  /** One whole frame arrived. The bytes may be kept; nobody writes to them again. */
  onFrame(frame: Uint8Array): void;
  /** Bytes were handed to the operating system, so {@link Connection.bufferedBytes} went down. */
  onDrain(): void;
  /**
   * The connection is gone; called once, after the last frame, also after a local close.
   *
   * @param code the WebSocket close code of the side that closed first; 1006 when the connection broke.
   */
  onClose(code: number, reason: string): void;
}

/** One duplex stream of byte frames. It knows nothing of nodes, channels or messages. */
export interface Connection {
  /** The address of the other side as the network shows it, without the port. */
  readonly remoteHost: string;
  /** Bytes accepted by {@link send} that the operating system has not taken yet. */
  readonly bufferedBytes: number;
  /** Directs events to `handlers`, replacing earlier ones. Frames that arrived before the first call follow at once. */
  attach(handlers: ConnectionHandlers): void;
  /** Sends a frame. The connection owns the bytes from here on. Does nothing once the connection is closing. */
  send(frame: Uint8Array): void;
  /** Closes after what was sent has left. `reason` is cut to the 123 bytes that fit. */
  close(code: number, reason: string): void;
  /** Drops the connection at once, with whatever it still holds. */
  terminate(): void;
}

/** An open door. */
export interface Listener {
  /** The address that was bound, with the real port when port 0 was asked for. */
  readonly address: PeerAddress;
  /** Stops accepting and resolves when no handle is left. Connections still open are dropped. */
  close(): Promise<void>;
}

/** Limits of one dial. */
export interface DialOptions {
  /** Time until the connection has to be open. */
  readonly timeoutMs: number;
  /** Gives up early. */
  readonly signal?: AbortSignal;
}

/**
 * Carries frames of bytes between addresses. Everything above it (handshake, links, channels) works the same over real
 * sockets, in memory and in a simulated world.
 */
export interface Transport {
  /**
   * Accepts connections.
   *
   * @param onConnection has to call {@link Connection.attach} before it returns.
   * @throws {TransportError} `addressInUse` or `addressNotAvailable`.
   */
  listen(options: PeerAddress, onConnection: (connection: Connection) => void): Promise<Listener>;
  /**
   * Opens a connection.
   *
   * @throws {TransportError} `connectionRefused`, `unreachable` or `timeout`.
   */
  dial(address: PeerAddress, options: DialOptions): Promise<Connection>;
}

/** `host:port`, with brackets around an IPv6 host. */
export function formatAddress({ host, port }: PeerAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
