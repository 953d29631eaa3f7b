import type { Runtime, Timer } from "@foundation/actor";
import { callGuarded, escapeText, RepeatedEvents, StormLog, textOf } from "@foundation/actor/spi";
import type { Announcement, DiscoveryStrategy, PeerCandidate } from "@foundation/discovery";
import type { PeerAddress } from "@foundation/transport";
import { BoundedWaits } from "../bounded-waits.ts";
import { reconcileIntervalMs } from "../cluster-options.ts";
import { isPeerAddress } from "./peer-host.ts";

/** How soon a change that a strategy reports is looked at; what changes together is looked at once. Milliseconds. */
const changeDelayMs = 10;

/** How long a strategy may take to announce or withdraw this node. Milliseconds. */
const strategyMsMax = 5_000;
/** How long an answer is waited for before the strategy is asked again; one that comes later counts all the same. Milliseconds. */
const answerMsMax = 60_000;
/** Addresses of one answer that are looked at. */
const candidatesMax = 4_096;
/** How long the start of a node waits for the first answers of all strategies. Milliseconds. */
const firstAnswerMs = 2_000;

/** Asks every strategy at every tick who might be a peer, and has dialled whatever they say. */
export class Reconciler {
  readonly #runtime: Runtime;
  readonly #strategies: readonly DiscoveryStrategy[];
  readonly #dial: (addresses: readonly PeerAddress[]) => unknown;
  readonly #unsubscribe: (() => void)[] = [];
  /** When the strategies were asked whose answer has not come yet; a slow one is not asked again meanwhile. */
  readonly #askedAt = new Map<DiscoveryStrategy, number>();
  /** Failures that the log has told of, by strategy and reason. */
  readonly #reports: RepeatedEvents;
  readonly #waits: BoundedWaits;
  #self: Announcement | undefined;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #isRunning = false;
  #isAnnounced = false;

  constructor(
    runtime: Runtime,
    strategies: readonly DiscoveryStrategy[],
    dial: (addresses: readonly PeerAddress[]) => unknown,
  ) {
    this.#runtime = runtime;
    this.#reports = new RepeatedEvents(() => runtime.now());
    this.#waits = new BoundedWaits(runtime);
    this.#strategies = strategies;
    this.#dial = dial;
  }

  /** Announces this node everywhere and asks once. @throws whatever a strategy's announcement throws. */
  async start(self: Announcement): Promise<void> {
    this.#self = self;
    this.#isRunning = this.#isAnnounced = true;
    await Promise.all(this.#strategies.map((strategy) => this.#within(strategy, () => strategy.announce(self))));
    // The node was stopped meanwhile.
    if (!this.#isRunning) return;
    for (const strategy of this.#strategies) {
      const unsubscribe = strategy.onChange?.(() => this.#askWithin(changeDelayMs));
      if (unsubscribe) this.#unsubscribe.push(unsubscribe);
    }
    await this.#waits.atMost(firstAnswerMs, this.#askAll());
  }

  /** Stops asking, and waiting for answers. */
  stop(): void {
    this.#isRunning = false;
    this.#timer?.cancel();
    this.#waits.stop();
    const storms = new StormLog(this.#runtime.log, () => this.#runtime.now());
    for (const unsubscribe of this.#unsubscribe.splice(0)) {
      callGuarded(storms, { event: "onChange", listener: unsubscribe }, unsubscribe);
    }
  }

  /** Takes the announcements back. */
  async withdraw(): Promise<void> {
    this.stop();
    if (!this.#isAnnounced) return;
    this.#isAnnounced = false;
    await Promise.all(
      this.#strategies.map((strategy) =>
        this.#within(strategy, () => strategy.withdraw()).catch((error) => this.#failed(strategy, error)),
      ),
    );
  }

  /** Strategies are other people's code: one that never answers must not hold this node. */
  async #within(strategy: DiscoveryStrategy, work: () => Promise<void>): Promise<void> {
    const wasRunning = this.#isRunning;
    if ((await this.#waits.atMost(strategyMsMax, (async () => work())())) || this.#isRunning !== wasRunning) return;
    this.#runtime.log.warn("discovery strategy does not answer", { strategy: strategy.name, afterMs: strategyMsMax });
  }

  #askWithin(delayMs: number): void {
    const at = this.#runtime.now() + delayMs;
    if (!this.#isRunning || at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#runtime.setTimer(delayMs, () => void this.#askAll(), { background: true });
  }

  async #askAll(): Promise<void> {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#askWithin(reconcileIntervalMs);
    await Promise.all(this.#strategies.filter((each) => !this.#isAwaited(each)).map((each) => this.#ask(each)));
  }

  #isAwaited(strategy: DiscoveryStrategy): boolean {
    const askedAt = this.#askedAt.get(strategy);
    return askedAt !== undefined && this.#runtime.now() - askedAt < answerMsMax;
  }

  async #ask(strategy: DiscoveryStrategy): Promise<void> {
    const now = this.#runtime.now();
    this.#askedAt.set(strategy, now);
    try {
      this.#consider(strategy, await strategy.discover());
    } catch (error) {
      this.#failed(strategy, error);
    } finally {
      if (this.#askedAt.get(strategy) === now) this.#askedAt.delete(strategy);
    }
  }

  /** Strategies are other people's code, and read what others have written: one odd entry must not hide the rest. */
  #consider(strategy: DiscoveryStrategy, candidates: readonly PeerCandidate[]): void {
    if (!this.#isRunning) return;
    if (!Array.isArray(candidates))
      throw new TypeError(`it found ${escapeText(textOf(candidates))}, which is no array`);
    const addresses: PeerAddress[] = [];
    const answers: readonly PeerCandidate[] = candidates;
    for (const candidate of answers.slice(0, candidatesMax)) {
      if (!isPeerAddress(candidate)) {
        this.#refused(strategy, candidate);
        continue;
      }
      const { host, port, nodeId } = candidate;
      // Another address of this node's id is another node's, or that of an earlier life. Dialling it tells.
      const isSelf = nodeId === this.#self?.nodeId && host === this.#self?.host && port === this.#self?.port;
      if (!isSelf) addresses.push({ host, port });
    }
    this.#dial(addresses);
  }

  #refused(strategy: DiscoveryStrategy, candidate: unknown): void {
    if (this.#reports.admit(`${strategy.name} address`) === undefined) return;
    const seen = escapeText(textOf(candidate)).slice(0, 200);
    const why = "it is no { host, port } of a node; the others are dialled";
    this.#runtime.log.warn("discovery found an odd address", { strategy: strategy.name, seen, why });
  }

  #failed(strategy: DiscoveryStrategy, error: unknown): void {
    const why = String(error);
    if (this.#reports.admit(`${strategy.name} ${why}`) === undefined) return;
    this.#runtime.log.warn("discovery failed", { strategy: strategy.name, why });
  }
}
