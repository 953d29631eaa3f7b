import type { Runtime, Timer } from "@foundation/actor";
import type { Link } from "@foundation/transport";
import type { FailureDetectorOptions } from "./failure-detector-options.ts";
import { noSilence, type Silence, type SilenceEffect, type SilenceFact, stepSilence } from "./silence.ts";

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

/**
 * Notices peers that fall silent while their connection stays open: a frozen process, a cut cable.
 *
 * Looks at all links at every interval and does what {@link stepSilence} decides about each: this class has the timers, and
 * knows when this node itself stood still. Input that waits is read before a peer is judged.
 */
export class FailureDetector {
  readonly #runtime: Runtime;
  readonly #port: FailureDetectorPort;
  readonly #options: FailureDetectorOptions;
  readonly #silences = new WeakMap<Link, Silence>();
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
    this.#step(link, { kind: "vouched", agoMs });
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
      this.#step(link, { kind: "tick", heardAt: link.lastReceivedAt, stalledMs });
      if (isToWatch) this.#port.watch(link, this.#unwatchedStalledMs);
    }
    if (isToWatch) this.#unwatchedTicks = this.#unwatchedStalledMs = 0;
    this.#schedule();
  }

  #step(link: Link, fact: SilenceFact): void {
    const at = { now: this.#runtime.now(), options: this.#options };
    const { silence, effects } = stepSilence(this.#silences.get(link) ?? noSilence, fact, at);
    this.#silences.set(link, silence);
    for (const effect of effects) this.#do(effect, link);
  }

  #do(effect: SilenceEffect, link: Link): void {
    if (effect.kind === "judgeIn") this.#judgeIn(effect.delayMs, link);
    else this.#port[effect.kind](link);
  }

  #judgeIn(delayMs: number, link: Link): void {
    const judge = (): void => {
      this.#verdicts.delete(timer);
      // Two turns: one to get to the poll phase, one for what it read to be handled.
      this.#runtime.nextTurn(() => this.#runtime.nextTurn(() => this.#judge(link)));
    };
    const timer = this.#runtime.setTimer(delayMs, judge, { background: true });
    this.#verdicts.add(timer);
  }

  #judge(link: Link): void {
    if (!link.isOpen || this.#timer === undefined) return;
    const isLate = this.#runtime.now() - this.#tickDueAt > this.#options.intervalMs;
    this.#step(link, { kind: "verdict", heardAt: link.lastReceivedAt, isLate });
  }
}
