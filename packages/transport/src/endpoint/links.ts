import type { Runtime } from "@foundation/actor";
import { TransportError } from "../errors.ts";
import { closeCode } from "../handshake/close-code.ts";
import type { Hello } from "../handshake/hello.ts";
import type { AgreedChannel } from "../link/channel-agreement.ts";
import { controlChannel } from "../link/channel-options.ts";
import { FramePool } from "../link/frame-pool.ts";
import type { LinkDownReason, PeerIdentity } from "../link/link.ts";
import { PeerLink } from "../link/peer-link.ts";
import { ReadingSlice } from "../link/reading-slice.ts";
import { YoungGarbage } from "../link/young-garbage.ts";
import type { EndpointSecurity } from "../security/endpoint-security.ts";
import type { Connection } from "../transport.ts";
import { type Admission, identityOf } from "./admission.ts";
import type { EndpointHandlers } from "./endpoint-options.ts";
import type { LinkTable } from "./link-table.ts";
import type { OpenConnections } from "./open-connections.ts";
import type { OutgoingConnections } from "./outgoing-connections.ts";
import type { ReliablePeers } from "./reliable-peers.ts";

/** How long a further connection of a link may take, with all attempts, before the link is given up. Milliseconds. */
const connectionMsMax = 30_000;
/** First and longest pause between these attempts. Milliseconds. */
const redialMsMin = 100;
const redialMsMax = 2_000;

/** What {@link Links} work with. */
interface LinksOptions {
  readonly runtime: Runtime;
  readonly table: LinkTable;
  readonly admission: Admission;
  readonly security: EndpointSecurity;
  readonly outgoing: OutgoingConnections;
  readonly connections: OpenConnections;
  readonly reliable: ReliablePeers;
  readonly handlers: EndpointHandlers;
}

/** Makes links of connections whose peers were let in, opens what further connections they need, and sees them end. */
export class Links {
  readonly #options: LinksOptions;
  readonly #slice: ReadingSlice;
  readonly #pool = new FramePool();
  readonly #garbage: YoungGarbage;
  /** Ends each pause between two dials. */
  readonly #pauses = new Set<() => void>();

  constructor(options: LinksOptions) {
    this.#options = options;
    this.#slice = new ReadingSlice(options.runtime);
    this.#garbage = new YoungGarbage(options.runtime);
  }

  /** Begins a link with `peer`, in the place of one to an earlier life of it. */
  establish(peer: Hello, connection: Connection, how: Pick<PeerLink, "linkId" | "initiatedHere">): PeerLink {
    const { table, admission, reliable, handlers } = this.#options;
    const channels = admission.agree(peer);
    // It was asked before, when the peer was decided about.
    if ("code" in channels) throw new Error(`no terms with ${peer.nodeId}: ${channels.reason}`);
    table.get(peer.nodeId)?.supersede(peer.incarnation);
    reliable.linked(identityOf(peer));
    const link = this.#linkWith(identityOf(peer), channels, how);
    link.attach(controlChannel, 0, connection);
    table.add(link);
    link.openEagerChannels();
    link.begin(handlers.onLink(link));
    table.announce(link);
    return link;
  }

  /** Gives a further connection to the link that it belongs to. */
  extend({ nodeId, channel, connectionIndex }: Hello, connection: Connection): void {
    this.#options.table.get(nodeId)?.attach(channel, connectionIndex, connection);
  }

  /** Ends all of them; their peers may come back to a later life of this node. */
  close(reason: string): void {
    for (const link of [...this.#options.table]) link.close(closeCode.normal, reason);
    this.#endPauses();
    this.#options.reliable.forget();
  }

  /** Says goodbye to all peers. */
  leave(reason: string): void {
    for (const link of [...this.#options.table]) link.leave(reason);
    this.#endPauses();
    this.#options.reliable.forget();
  }

  #linkWith(
    peer: PeerIdentity,
    channels: readonly AgreedChannel[],
    how: Pick<PeerLink, "linkId" | "initiatedHere">,
  ): PeerLink {
    const { runtime, connections, reliable } = this.#options;
    return new PeerLink({
      ...how,
      runtime,
      peer,
      channels,
      slice: this.#slice,
      pool: this.#pool,
      garbage: this.#garbage,
      streamOf: (key) => reliable.stream(peer, key),
      dialChannel: (link, channel, connectionIndex) => void this.#dialChannel(link, channel, connectionIndex),
      onDown: (link, reason) => this.#down(link, reason),
      onConnectionGone: (gone) => connections.delete(gone),
    });
  }

  /**
   * Opens a further connection of a link. Nothing was sent on it, and what waits for it keeps: so a peer that is too busy for it is
   * tried again, and the link goes on meanwhile.
   */
  async #dialChannel(link: PeerLink, channel: string, connectionIndex: number): Promise<void> {
    const { runtime } = this.#options;
    const deadline = runtime.now() + connectionMsMax;
    for (let pauseMs = redialMsMin; link.isOpen; pauseMs = Math.min(redialMsMax, 2 * pauseMs)) {
      try {
        return await this.#openChannel(link, {
          channel,
          connectionIndex,
          timeoutMs: Math.max(1, deadline - runtime.now()),
        });
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error));
        if (!isPassing(failure) || runtime.now() + pauseMs >= deadline) return link.fail(failure);
      }
      const delayMs = pauseMs * (0.5 + runtime.random());
      await this.#pause(delayMs);
    }
  }

  /** Resolves in `delayMs` milliseconds, or when all links end. */
  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#pauses.delete(end);
        resolve();
      };
      const timer = this.#options.runtime.setTimer(delayMs, end, { background: true });
      this.#pauses.add(end);
    });
  }

  #endPauses(): void {
    for (const end of [...this.#pauses]) end();
  }

  #openChannel(
    link: PeerLink,
    { channel, connectionIndex, timeoutMs }: { channel: string; connectionIndex: number; timeoutMs: number },
  ): Promise<void> {
    const { outgoing } = this.#options;
    const { peer, linkId } = link;
    return outgoing.open(peer.address, {
      purpose: { linkId, channel, connectionIndex },
      timeoutMs,
      signal: outgoing.signal,
      decide: ({ nodeId, incarnation }) => {
        if (nodeId === peer.nodeId && incarnation === peer.incarnation && link.isOpen) return undefined;
        const error = new TransportError("protocol", `${nodeId} answers where ${peer.nodeId} did before.`);
        return { refusal: { code: closeCode.normal, reason: "not the node of this link" }, error };
      },
      establish: (_peer, connection) => link.attach(channel, connectionIndex, connection),
    });
  }

  #down(link: PeerLink, reason: LinkDownReason): void {
    const { table, security, reliable } = this.#options;
    table.delete(link);
    if (reason.kind === "local" && reason.error) security.audit.addMalformed(link.peer.nodeId, reason.error.message);
    // Who left on purpose does not come back in this life.
    if (reason.kind === "goodbye") reliable.forget(link.peer.nodeId);
    else reliable.unlinked(link.peer);
  }
}

/** Whether a dial may go well later: the peer, which is linked, was too busy for it. */
function isPassing(error: Error): boolean {
  return error instanceof TransportError && passing.has(error.code);
}

const passing: ReadonlySet<string> = new Set(["unreachable", "timeout", "connectionRefused"]);
