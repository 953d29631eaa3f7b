import type { Runtime, Timer } from "@foundation/actor";
import type { Link } from "@foundation/transport";
import type { FailureDetectorOptions } from "./failure-detector-options.ts";

/** What the detector needs from its node. */
export interface FailureDetectorPort {
  /** The open links. */
  links(): Iterable<Link>;
  /** Asks the peer for a sign of life. */
  ping(link: Link): void;
  /** Looks after the link's connections one by one. @param stalledMs how long this node has just stood still. */
  watch(link: Link, stalledMs: number): void;
  /** Asks the other members when they last heard of this peer; answers come to {@link FailureDetector.vouched}. */
  inquire(link: Link): void;
  /** The peer answers again after it was suspected. */
  trust(link: Link): void;
  suspect(link: Link): void;
  /** The verdict about the peer. */
  declareDown(link: Link): void;
  /** The verdict about the link: the peer lives, as others say, and nothing comes through here. */
  giveUp(link: Link): void;
}

/** Single connections are looked after at every third tick: what they do is measured in seconds. */
const ticksPerWatch = 3;

/** What is known about one peer's silence. */
interface Watch {
  /** When the first ping that is still unanswered was sent; undefined while none is. */
  waitingSince: number | undefined;
  isSuspect: boolean;
  /** When another member last said that it hears the peer. */
  vouchedAt: number;
}

/**
 * Notices peers that fall silent while their connection stays open: a frozen process, a cut cable.
 *
 * Silence is measured from the first unanswered ping, not from the last message, so a peer that stalls for a while is
 * silent for exactly that while. A verdict needs silence towards this node; it is one about the link alone while another
 * member still hears the peer (SWIM's indirect probe, Das et al. 2002). This node's own stalls are subtracted (Lifeguard's
 * local health, Dadgar et al. 2018), and waiting input is read before anybody is declared dead.
 */
export class FailureDetector {
  readonly #runtime: Runtime;
  readonly #port: FailureDetectorPort;
  readonly #options: FailureDetectorOptions;
  readonly #watches = new WeakMap<Link, Watch>();
  #timer: Timer | undefined;
  /** Of peers whose time is up before the next tick. */
  readonly #verdicts = new Set<Timer>();
  #tickDueAt = 0;
  /** Since connections were looked after: ticks, and how long this node stood still meanwhile. */
  #unwatchedTicks = 0;
  #unwatchedStalledMs = 0;

  constructor(runtime: Runtime, options: FailureDetectorOptions, port: FailureDetectorPort) {
    this.#runtime = runtime;
    this.#options = options;
    this.#port = port;
  }

  /** At a moment of its own: nodes that begin together would ping each other at the same time, and twice as often as needed. */
  start(): void {
    this.#schedule(this.#options.intervalMs * this.#runtime.random());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const timer of this.#verdicts) timer.cancel();
    this.#verdicts.clear();
  }

  /** Another member heard of the peer `agoMs` milliseconds ago. */
  vouched(link: Link, agoMs: number): void {
    if (agoMs < this.#options.suspectAfterMs) this.#watch(link).vouchedAt = this.#runtime.now();
  }

  /** Milliseconds since the peer was last heard of here. */
  heardAgoMs(link: Link): number {
    return this.#runtime.now() - link.lastReceivedAt;
  }

  #schedule(delayMs: number = this.#options.intervalMs): void {
    this.#tickDueAt = this.#runtime.now() + delayMs;
    this.#timer = this.#runtime.setTimer(delayMs, () => this.#tick(), { background: true });
  }

  #tick(): void {
    const lagMs = this.#runtime.now() - this.#tickDueAt;
    // While this node stood still it could not read answers, so that time is nobody's silence.
    const stalledMs = lagMs > this.#options.intervalMs ? lagMs : 0;
    this.#unwatchedTicks++;
    this.#unwatchedStalledMs += stalledMs;
    const isToWatch = this.#unwatchedTicks >= ticksPerWatch;
    for (const link of this.#port.links()) {
      this.#examine(link, stalledMs);
      if (isToWatch) this.#port.watch(link, this.#unwatchedStalledMs);
    }
    if (isToWatch) this.#unwatchedTicks = this.#unwatchedStalledMs = 0;
    this.#schedule();
  }

  #examine(link: Link, stalledMs: number): void {
    const watch = this.#watch(link);
    const now = this.#runtime.now();
    if (watch.waitingSince !== undefined && link.lastReceivedAt > watch.waitingSince) this.#answered(link, watch);
    if (watch.waitingSince === undefined) {
      if (now - link.lastReceivedAt < this.#options.intervalMs / 2) return;
      watch.waitingSince = now;
      return this.#port.ping(link);
    }
    watch.waitingSince += stalledMs;
    const silentMs = now - watch.waitingSince;
    this.#port.ping(link);
    if (silentMs >= this.#options.suspectAfterMs) this.#suspect(link, watch);
    const remainingMs = this.#options.downAfterMs - silentMs;
    if (remainingMs <= this.#options.intervalMs) {
      this.#judgeIn(Math.max(0, remainingMs), link);
    }
  }

  #judgeIn(delayMs: number, link: Link): void {
    const judge = (): void => {
      this.#verdicts.delete(timer);
      this.#drainThenJudge(link);
    };
    const timer = this.#runtime.setTimer(delayMs, judge, { background: true });
    this.#verdicts.add(timer);
  }

  #answered(link: Link, watch: Watch): void {
    watch.waitingSince = undefined;
    if (!watch.isSuspect) return;
    watch.isSuspect = false;
    this.#port.trust(link);
  }

  #suspect(link: Link, watch: Watch): void {
    if (!watch.isSuspect) {
      watch.isSuspect = true;
      this.#port.suspect(link);
    }
    this.#port.inquire(link);
  }

  /** Two turns: one to get to the poll phase, one for what it read to be handled. */
  #drainThenJudge(link: Link): void {
    this.#runtime.nextTurn(() => this.#runtime.nextTurn(() => this.#judge(link)));
  }

  #judge(link: Link): void {
    const watch = this.#watch(link);
    const now = this.#runtime.now();
    if (!link.isOpen || this.#timer === undefined || watch.waitingSince === undefined) return;
    if (link.lastReceivedAt > watch.waitingSince) return this.#answered(link, watch);
    // The tick is late: this node has just stalled, and the next tick will subtract that.
    if (now - this.#tickDueAt > this.#options.intervalMs) return;
    if (now - watch.waitingSince < this.#options.downAfterMs) return;
    // A half-open link, which a router has forgotten or one end of which is gone, would stay silent for ever.
    if (now - watch.vouchedAt < this.#options.suspectAfterMs) this.#port.giveUp(link);
    else this.#port.declareDown(link);
  }

  #watch(link: Link): Watch {
    let watch = this.#watches.get(link);
    if (watch === undefined) {
      watch = { waitingSince: undefined, isSuspect: false, vouchedAt: Number.NEGATIVE_INFINITY };
      this.#watches.set(link, watch);
    }
    return watch;
  }
}
