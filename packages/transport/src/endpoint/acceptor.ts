import type { Runtime } from "@foundation/actor";
import { ConnectionQuota } from "../connection-quota.ts";
import { closeCode, duplicateReason, type Refusal } from "../handshake/close-code.ts";
import { type Hello, linkIdBytes } from "../handshake/hello.ts";
import { controlChannel } from "../link/channel-options.ts";
import type { EndpointSecurity } from "../security/endpoint-security.ts";
import type { Connection } from "../transport.ts";
import { acceptConnection } from "./accept-connection.ts";
import type { Admission } from "./admission.ts";
import type { Dialer } from "./dialer.ts";
import type { Links } from "./links.ts";
import type { LocalNode } from "./local-node.ts";
import type { OpenConnections } from "./open-connections.ts";

/** What an {@link Acceptor} works with. */
interface AcceptorOptions {
  readonly runtime: Runtime;
  readonly local: LocalNode;
  readonly security: EndpointSecurity;
  readonly admission: Admission;
  readonly dialer: Dialer;
  readonly links: Links;
  readonly connections: OpenConnections;
  readonly handshakeTimeoutMs: number;
  /** Whether the endpoint is open for business. */
  readonly isRunning: () => boolean;
  /** A peer that has proved itself says that lives of this node up to `newest` are over. */
  readonly onOutlived: (newest: number) => void;
}

const tooMany: Refusal = { code: 1013, reason: "too many handshakes" };

/** Takes the connections of those who dial this node, as far as they prove themselves and are wanted. */
export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #quota = new ConnectionQuota();
  readonly #handshakes = new Set<Connection>();
  /** How to drop a connection whose place another host needs. */
  readonly #drops = new WeakMap<Connection, (refusal: Refusal) => void>();

  constructor(options: AcceptorOptions) {
    this.#options = options;
  }

  /** Lets a connection prove itself, while there are places for those that have not. */
  accept(connection: Connection): void {
    const release = this.#quota.take(connection.remoteHost, () => this.#drops.get(connection)?.(tooMany));
    if (!release) {
      this.#options.security.audit.addRefusal(tooMany, connection);
      drop(connection);
    } else if (this.#options.isRunning()) {
      this.#shakeHands(connection, release);
    } else {
      release();
      drop(connection);
    }
  }

  /** Closes what has not proved itself yet. */
  abandon(reason: string): void {
    for (const connection of this.#handshakes) connection.close(closeCode.normal, reason);
  }

  #shakeHands(connection: Connection, release: () => void): void {
    const { runtime, local, security, connections, handshakeTimeoutMs, onOutlived } = this.#options;
    const { authorize } = security;
    // The initiator says what it is for.
    const purpose = { linkId: new Uint8Array(linkIdBytes), channel: controlChannel, connectionIndex: 0 };
    connections.add(connection);
    this.#handshakes.add(connection);
    const drop = acceptConnection(connection, {
      runtime,
      handshake: { ...security.handshake(connection), hello: local.hello(purpose) },
      timeoutMs: handshakeTimeoutMs,
      decide: (peer) => security.refuse(peer, connection) ?? this.#refuse(peer),
      authorize: authorize && ((peer) => authorize(peer, connection, true)),
      establish: (peer) => this.#establish(peer, connection),
      onOutlived,
      onRefused: (_connection, refusal, peer) => this.#auditRefusal(connection, refusal, peer),
      onSettled: () => {
        this.#handshakes.delete(connection);
        release();
      },
      onGone: (gone) => connections.delete(gone),
    });
    this.#drops.set(connection, drop);
  }

  #refuse(peer: Hello): Refusal | undefined {
    const { admission, dialer } = this.#options;
    return beginsLink(peer) ? admission.refuseLink(peer, dialer.isDialing(peer)) : admission.refuseChannel(peer);
  }

  #establish(peer: Hello, connection: Connection): void {
    const { links } = this.#options;
    this.#auditAccepted(peer, connection);
    if (beginsLink(peer)) links.establish(peer, connection, { linkId: peer.linkId, initiatedHere: false });
    else links.extend(peer, connection);
  }

  #auditAccepted({ nodeId, incarnation, channel }: Hello, { remoteHost, security }: Connection): void {
    const subject = security?.certificate?.subject;
    const isEncrypted = security !== undefined;
    const { audit } = this.#options.security;
    audit.add({ kind: "accepted", nodeId, incarnation, channel, remoteHost, isEncrypted, subject });
  }

  #auditRefusal({ remoteHost }: Connection, refusal: Refusal, peer: Hello | undefined): void {
    // Two nodes that dial each other at the same time are no news, nor is a node that is among its own seeds.
    if (refusal.reason === duplicateReason.link || this.#options.dialer.takeOwnEnd(peer)) return;
    this.#options.security.audit.addRefusal(refusal, { remoteHost, claimedId: peer?.nodeId });
  }
}

/** The first connection of `control` is the link's first. */
function beginsLink({ channel, connectionIndex }: Hello): boolean {
  return channel === controlChannel && connectionIndex === 0;
}

function drop(connection: Connection): void {
  connection.attach({ onFrame() {}, onDrain() {}, onClose() {} });
  connection.terminate();
}
