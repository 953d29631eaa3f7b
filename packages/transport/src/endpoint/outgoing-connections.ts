import type { Runtime } from "@foundation/actor";
import { closeCode, type Refusal } from "../handshake/close-code.ts";
import type { Hello } from "../handshake/hello.ts";
import type { EndpointSecurity } from "../security/endpoint-security.ts";
import type { Connection, PeerAddress, Transport } from "../transport.ts";
import { closeError } from "./close-error.ts";
import type { ConnectionPurpose, LocalNode } from "./local-node.ts";
import { type DialRefusal, type OpenOptions, openConnection } from "./open-connection.ts";
import type { OpenConnections } from "./open-connections.ts";

/** What all connections that are opened from here have in common. */
interface OutgoingConnectionsOptions {
  readonly runtime: Runtime;
  readonly transport: Transport;
  readonly local: LocalNode;
  readonly security: EndpointSecurity;
  readonly connections: OpenConnections;
  /** A peer that has proved itself says that lives of this node up to `newest` are over. */
  readonly onOutlived: (newest: number) => void;
}

/** One connection to open. */
interface OutgoingConnection<Result> extends Pick<OpenOptions<Result>, "timeoutMs" | "signal" | "establish"> {
  readonly purpose: ConnectionPurpose;
  /** Whether the peer, whose certificate was checked, is the right one. */
  readonly decide: (peer: Hello) => DialRefusal | undefined;
}

/** Refusals which say that somebody is not who should be at that address. */
const auditedCodes: ReadonlySet<number> = new Set([
  closeCode.malformed,
  closeCode.unauthenticated,
  closeCode.certificateRejected,
  closeCode.wrongCluster,
  closeCode.forbidden,
]);

/** Opens connections to other nodes in the name of this one, under its security. */
export class OutgoingConnections {
  readonly #options: OutgoingConnectionsOptions;
  #life = new AbortController();

  constructor(options: OutgoingConnectionsOptions) {
    this.#options = options;
  }

  /** Aborted by {@link abandon}: what speaks for this life of the node ends with it. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /** Gives up what is under way. What begins after this is not concerned. */
  abandon(): void {
    this.#life.abort();
    this.#life = new AbortController();
  }

  /** Dials and runs the handshake. @throws {TransportError | LinkExists} when it fails. */
  open<Result>(address: PeerAddress, connection: OutgoingConnection<Result>): Promise<Result> {
    const { runtime, transport, local, security, connections, onOutlived } = this.#options;
    const { purpose, decide, ...rest } = connection;
    return openConnection<Result>({
      ...rest,
      runtime,
      transport,
      address,
      handshake: (on) => ({ ...security.handshake(on), hello: local.hello(purpose) }),
      decide: (peer, on) => this.#refuseCertificate(peer, on, address) ?? decide(peer),
      authorize: security.authorize && ((peer, on) => this.#refuseByUser(peer, on, address)),
      onOutlived,
      onOpen: (opened) => connections.add(opened),
      onRefused: (on, refusal, peer) => this.#auditRefusal(on, refusal, peer),
      onGone: (gone) => connections.delete(gone),
    });
  }

  #auditRefusal({ remoteHost }: Connection, refusal: Refusal, peer: Hello | undefined): void {
    // Whatever else there is about those that are dialed is daily business: this node itself, a link that exists, another life.
    if (!auditedCodes.has(refusal.code)) return;
    this.#options.security.audit.addRefusal(refusal, { remoteHost, claimedId: peer?.nodeId, initiatedHere: true });
  }

  #refuseCertificate(peer: Hello, connection: Connection, address: PeerAddress): DialRefusal | undefined {
    const refusal = this.#options.security.refuse(peer, connection);
    return refusal && { refusal, error: closeError(address, refusal.code, refusal.reason) };
  }

  async #refuseByUser(peer: Hello, connection: Connection, address: PeerAddress): Promise<DialRefusal | undefined> {
    const refusal = await this.#options.security.authorize?.(peer, connection, false);
    return refusal && { refusal, error: closeError(address, refusal.code, `refused here: ${refusal.reason}`) };
  }
}
