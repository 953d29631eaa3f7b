import type { Runtime, Timer } from "@foundation/actor";
import { type Endpoint, type PeerIdentity, TransportError } from "@foundation/transport";
import { beginSearch, type PeerSearch, type SearchEffect, type SearchFact, stepSearch } from "./peer-search.ts";

/** What {@link LostPeers} needs of an endpoint: the way to a peer, and the links there are. */
type PeerProbe = Pick<Endpoint, "connect" | "link">;

/** What {@link LostPeers} needs from its node. */
interface LostPeersPort {
  /** Asks all linked members whether they hear the peer. @returns how many were asked. */
  inquire(peer: PeerIdentity): number;
  /** Whether this node may judge a peer by its silence now. */
  mayJudgeSilence(): boolean;
  declareDown(peer: PeerIdentity): void;
}

/** A peer whose fate is open. */
interface LostPeer {
  readonly peer: PeerIdentity;
  search: PeerSearch;
  /** Of what is under way: a dial, a pause, a wait for answers. */
  timer: Timer | undefined;
}

/**
 * Finds out what became of peers whose link broke, which is only a hint: does what {@link stepSearch} decides about each of
 * them. This class has the timers, and the way to the peer.
 */
export class LostPeers {
  readonly #runtime: Runtime;
  readonly #endpoint: PeerProbe;
  readonly #port: LostPeersPort;
  readonly #giveUpAfterMs: number;
  readonly #lost = new Map<string, LostPeer>();

  /** @param giveUpAfterMs milliseconds without any answer until the verdict. */
  constructor(runtime: Runtime, endpoint: PeerProbe, giveUpAfterMs: number, port: LostPeersPort) {
    this.#runtime = runtime;
    this.#endpoint = endpoint;
    this.#giveUpAfterMs = giveUpAfterMs;
    this.#port = port;
  }

  /** Whether the fate of this peer is open. */
  has(nodeId: string): boolean {
    return this.#lost.has(nodeId);
  }

  search(peer: PeerIdentity): void {
    this.found(peer.nodeId);
    const { search, effect } = beginSearch(this.#runtime.now(), this.#giveUpAfterMs);
    const lost: LostPeer = { peer, search, timer: undefined };
    this.#lost.set(peer.nodeId, lost);
    this.#do(effect, lost);
  }

  /** Ends the search: the peer is linked again, or the verdict came from elsewhere. */
  found(nodeId: string): void {
    this.#lost.get(nodeId)?.timer?.cancel();
    this.#lost.delete(nodeId);
  }

  /** A member answered the inquiry. @param agoMs milliseconds since it heard the peer; null: it has no link to it. */
  answered(nodeId: string, incarnation: number, agoMs: number | null): void {
    const lost = this.#lost.get(nodeId);
    if (lost?.peer.incarnation === incarnation) this.#step(lost, { kind: "answered", agoMs });
  }

  stop(): void {
    for (const { timer } of this.#lost.values()) timer?.cancel();
    this.#lost.clear();
  }

  #step(lost: LostPeer, fact: SearchFact): void {
    if (this.#lost.get(lost.peer.nodeId) !== lost) return;
    const at = { now: this.#runtime.now(), mayJudgeSilence: this.#port.mayJudgeSilence() };
    const { search, effect } = stepSearch(lost.search, fact, at);
    lost.search = search;
    if (effect === undefined) return;
    lost.timer?.cancel();
    this.#do(effect, lost);
  }

  #do(effect: SearchEffect, lost: LostPeer): void {
    const { peer } = lost;
    switch (effect.kind) {
      case "dial":
        return this.#dial(lost, effect.timeoutMs);
      case "pause":
        return this.#later(lost, effect.ms, { kind: "pauseOver" });
      case "inquire":
        return this.#step(lost, { kind: "asked", count: this.#port.inquire(peer) });
      case "wait":
        return this.#later(lost, effect.ms, { kind: "inquiryOver" });
      case "found":
        return this.found(peer.nodeId);
      case "declareDown":
        this.found(peer.nodeId);
        return this.#port.declareDown(peer);
      default:
        effect satisfies never;
    }
  }

  #later(lost: LostPeer, ms: number, fact: SearchFact): void {
    lost.timer = this.#runtime.setTimer(ms, () => this.#step(lost, fact), { background: true });
  }

  /** A dial that hangs is not waited for. Any error but a refusal is about the address, and no sign of life either. */
  #dial(lost: LostPeer, timeoutMs: number): void {
    const { nodeId, address } = lost.peer;
    const dialing = lost.search;
    const ended = (error?: unknown): void => {
      // It took too long, and was given up.
      if (lost.search !== dialing) return;
      const isRefused = error instanceof TransportError && error.code === "connectionRefused";
      const isLinked = this.#endpoint.link(nodeId) !== undefined;
      this.#step(lost, { kind: "dialed", outcome: isLinked ? "linked" : isRefused ? "refused" : "silent" });
    };
    this.#later(lost, timeoutMs, { kind: "dialed", outcome: "silent" });
    this.#endpoint.connect(address).then(() => ended(), ended);
  }
}
