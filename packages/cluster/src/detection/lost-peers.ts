import type { Runtime, Timer } from "@foundation/actor";
import { type Endpoint, type PeerIdentity, TransportError } from "@foundation/transport";

/** Pauses between probes of a peer whose link broke: quick at first, because most are dead or back at once. */
const probePausesMs = [3, 6, 12, 25, 50, 100, 200, 400] as const;
/** How long a dial may take, also when the deadline has passed. Milliseconds. */
const dialMsMin = 200;
/**
 * How long the other members may take to say whether they still hear the peer: short for one whose address refuses connections,
 * as an ended process does; longer for one that is merely silent, for then all may be busy. Milliseconds.
 */
const inquiryMs = { refused: 40, silent: 1_000 } as const;
/** A timer that is later than this has waited for this node itself. Milliseconds. */
const lagMsMin = 50;
/** A member that heard the peer longer ago than this does not vouch for it. Milliseconds. */
const vouchMsMax = 1_000;

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

/** A peer whose link broke and about which there is no verdict yet. */
interface Search {
  readonly peer: PeerIdentity;
  deadlineAt: number;
  /** The last dial was refused: nobody listens there. */
  isRefused: boolean;
  probes: number;
  timer: Timer | undefined;
  /** Members that were asked and have not answered; undefined while nobody is being asked. */
  unanswered: number | undefined;
  isVouchedFor: boolean;
}

/**
 * Finds out what became of peers whose link broke.
 *
 * A broken link is only a hint. Each such peer is dialled at once: a link that comes back settles it; an address that
 * refuses connections is a verdict once no other member says that it still hears the peer (which keeps a cut between two
 * nodes from killing either); silence is one when the deadline passes.
 */
export class LostPeers {
  readonly #runtime: Runtime;
  readonly #endpoint: PeerProbe;
  readonly #port: LostPeersPort;
  readonly #giveUpAfterMs: number;
  readonly #searches = new Map<string, Search>();

  /** @param giveUpAfterMs milliseconds without any answer until the verdict. */
  constructor(runtime: Runtime, endpoint: PeerProbe, giveUpAfterMs: number, port: LostPeersPort) {
    this.#runtime = runtime;
    this.#endpoint = endpoint;
    this.#giveUpAfterMs = giveUpAfterMs;
    this.#port = port;
  }

  /** Whether the fate of this peer is open. */
  has(nodeId: string): boolean {
    return this.#searches.has(nodeId);
  }

  search(peer: PeerIdentity): void {
    this.found(peer.nodeId);
    const deadlineAt = this.#runtime.now() + this.#giveUpAfterMs;
    const search: Search = {
      peer,
      deadlineAt,
      isRefused: false,
      probes: 0,
      timer: undefined,
      unanswered: undefined,
      isVouchedFor: false,
    };
    this.#searches.set(peer.nodeId, search);
    void this.#probe(search);
  }

  /** Ends the search: the peer is linked again, or somebody else has the verdict. */
  found(nodeId: string): void {
    this.#searches.get(nodeId)?.timer?.cancel();
    this.#searches.delete(nodeId);
  }

  /** A member answered the inquiry. @param agoMs milliseconds since it heard the peer; null: it has no link to it. */
  answered(nodeId: string, incarnation: number, agoMs: number | null): void {
    const search = this.#searches.get(nodeId);
    if (search?.unanswered === undefined || search.peer.incarnation !== incarnation) return;
    search.unanswered--;
    if (agoMs !== null && agoMs < vouchMsMax) search.isVouchedFor = true;
    if (search.unanswered <= 0 || search.isVouchedFor) this.#judge(search);
  }

  stop(): void {
    for (const search of this.#searches.values()) search.timer?.cancel();
    this.#searches.clear();
  }

  async #probe(search: Search): Promise<void> {
    const isRefused = await this.#isRefused(search);
    search.isRefused = isRefused;
    if (!this.#isOpen(search)) return;
    const link = this.#endpoint.link(search.peer.nodeId);
    if (link !== undefined) return this.found(search.peer.nodeId);
    if (isRefused || this.#runtime.now() >= search.deadlineAt) return this.#inquire(search);
    this.#probeLater(search);
  }

  /** Whether the peer's address refuses connections. A dial that hangs is not waited for beyond the deadline. */
  #isRefused({ peer, deadlineAt }: Search): Promise<boolean> {
    return new Promise((resolve) => {
      const leftMs = Math.max(dialMsMin, deadlineAt - this.#runtime.now());
      const timer = this.#runtime.setTimer(leftMs, () => resolve(false), { background: true });
      const settle = (error?: unknown): void => {
        timer.cancel();
        // Any other error is about the address, and no sign of life either.
        resolve(error instanceof TransportError && error.code === "connectionRefused");
      };
      this.#endpoint.connect(peer.address).then(() => settle(), settle);
    });
  }

  #probeLater(search: Search): void {
    const pauseMs = probePausesMs[Math.min(search.probes++, probePausesMs.length - 1)] as number;
    const dueAt = this.#runtime.now() + pauseMs;
    const probe = (): void => {
      // While this node stood still it could not hear of the peer, so that time is not the peer's silence.
      const lagMs = this.#runtime.now() - dueAt;
      if (lagMs > lagMsMin) search.deadlineAt += lagMs;
      void this.#probe(search);
    };
    search.timer = this.#runtime.setTimer(pauseMs, probe, { background: true });
  }

  #inquire(search: Search): void {
    search.isVouchedFor = false;
    search.unanswered = this.#port.inquire(search.peer);
    if (search.unanswered === 0) return this.#judge(search);
    search.timer = this.#runtime.setTimer(
      inquiryMs[search.isRefused ? "refused" : "silent"],
      () => this.#judge(search),
      { background: true },
    );
  }

  #judge(search: Search): void {
    search.timer?.cancel();
    search.unanswered = undefined;
    if (!this.#isOpen(search)) return;
    if (search.isVouchedFor || !(search.isRefused || this.#port.mayJudgeSilence())) return this.#probeLater(search);
    this.found(search.peer.nodeId);
    this.#port.declareDown(search.peer);
  }

  #isOpen(search: Search): boolean {
    return this.#searches.get(search.peer.nodeId) === search;
  }
}
