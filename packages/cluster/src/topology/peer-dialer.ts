import type { Runtime, Timer } from "@foundation/actor";
import { LineBudget, RepeatedEvents } from "@foundation/actor/spi";
import { type Endpoint, formatAddress, type Link, type PeerAddress, TransportError } from "@foundation/transport";

/** First and longest pause between dials of one address. Milliseconds. */
const backoffMsMin = 100;
const backoffMsMax = 10_000;
/** First and longest pause after an answer that more dialling hardly changes, such as another cluster's. Milliseconds. */
const rejectedPauseMsMin = 1_000;
const rejectedPauseMsMax = 60_000;
/** First and longest pause between dials of one address that answers and does not link this node yet. Milliseconds. */
const joinPauseMsMin = 20;
const joinPauseMsMax = 320;
/** How often that is tried after connections that broke in the handshake, or were none: an address without a route looks the same. */
const brokenMax = 3;
/** Addresses remembered at a time; the oldest is forgotten first. */
const addressesMax = 4_096;
/** Dials at a time: with more, nodes that start together would all be busy with handshakes, and none of these would be in time. */
const dialsMax = 16;

/** How long an address may be silent that is to have a node, before the log says so: nodes that start together find each other. Milliseconds. */
const patienceMs = 3_000;
/** The same for an address that had a node: that its node is gone was said already. Milliseconds. */
const goneMs = 60_000;

/** What a {@link PeerDialer} needs of its endpoint. */
type DialingEndpoint = Pick<Endpoint, "connect" | "linkAt" | "incarnation">;

/**
 * Where an address comes from: discovery, which was set up for this node, or a peer, which may know it from long ago. That nothing
 * answers at the latter is no news.
 */
type AddressSource = "configured" | "peer";

interface Attempts {
  failures: number;
  nextAt: number;
  /** From when on the log says that nothing answers. */
  readonly patientUntil: number;
  source: AddressSource;
  /** What the log has said of this address, by level and code. */
  readonly reports: RepeatedEvents;
}

/**
 * Dials what discovery and peers name, each address with its own backoff and jitter, and at most one dial at a time.
 *
 * While this node joins, it does not turn away from an address that answers and does not link it: a connection that broke in
 * the handshake, or a peer that still believes in an earlier life of this node. To go on alone would be to become a cluster
 * of its own beside one that is there.
 */
export class PeerDialer {
  readonly #runtime: Runtime;
  readonly #endpoint: DialingEndpoint;
  readonly #onSettled: () => void;
  readonly #attempts = new Map<string, Attempts>();
  readonly #underWay = new Map<string, Promise<Link | undefined>>();
  readonly #waiting = new Map<string, { readonly address: PeerAddress; readonly source: AddressSource }>();
  /** Addresses come from peers, too, thousands in a message. */
  readonly #warnings: LineBudget;
  readonly #further: RepeatedEvents;
  /** Addresses that had a node. */
  readonly #linked = new Set<string>();
  /** Pauses of dials that are repeated while this node joins, with what goes on after them. */
  readonly #pauses = new Map<Timer, () => void>();
  #isJoining = true;
  #isStopped = false;
  #isRemembered = false;

  /** @param onSettled called when a dial has ended. */
  constructor(runtime: Runtime, endpoint: DialingEndpoint, onSettled: () => void) {
    this.#runtime = runtime;
    this.#warnings = new LineBudget(() => runtime.now());
    this.#further = new RepeatedEvents(() => runtime.now());
    this.#endpoint = endpoint;
    this.#onSettled = onSettled;
  }

  /** How many dials are under way. */
  get pending(): number {
    return this.#underWay.size;
  }

  /** Dials `address` unless a dial is under way, its pause is not over or a link to it stands. */
  dial(address: PeerAddress, source: AddressSource = "peer"): Promise<Link | undefined> {
    if (this.#isStopped) return Promise.resolve(undefined);
    const key = formatAddress(address);
    const underWay = this.#underWay.get(key);
    if (underWay) return underWay;
    if (this.#underWay.size >= dialsMax) return this.#later(key, address, source);
    if ((this.#attempts.get(key)?.nextAt ?? 0) > this.#runtime.now() || this.#endpoint.linkAt(address) !== undefined)
      return Promise.resolve(undefined);
    const dialing = this.#dial(key, address, source).finally(() => this.#dialNext(key));
    this.#underWay.set(key, dialing);
    return dialing;
  }

  /** Dials all of them, in an order of its own: nodes that start together must not all begin with the same one. */
  dialAll(addresses: readonly PeerAddress[], source: AddressSource = "peer"): void {
    const rest = [...addresses];
    while (rest.length > 0) {
      const at = Math.floor(this.#runtime.random() * rest.length);
      const address = rest[at] as PeerAddress;
      rest[at] = rest.at(-1) as PeerAddress;
      rest.pop();
      void this.dial(address, source);
    }
  }

  /** Further addresses are dialled as earlier dials end; what finds no place is named again by discovery or a peer. */
  #later(key: string, address: PeerAddress, source: AddressSource): Promise<undefined> {
    if (this.#waiting.size < addressesMax) this.#waiting.set(key, { address, source });
    return Promise.resolve(undefined);
  }

  #dialNext(key: string): void {
    this.#underWay.delete(key);
    for (const [next, { address, source }] of this.#waiting) {
      this.#waiting.delete(next);
      void this.dial(address, source);
      if (this.#underWay.size >= dialsMax) return;
    }
    this.#onSettled();
  }

  /** A link to the node at `address` stands, whichever side has dialled. */
  linked(address: PeerAddress): void {
    this.#linked.add(formatAddress(address));
    if (this.#linked.size > addressesMax) this.#linked.delete(this.#linked.values().next().value as string);
  }

  /** Whether a peer that was dialled in vain still believes in an earlier life of this node; it will find out. */
  get isRemembered(): boolean {
    return this.#isRemembered;
  }

  /** This node goes on with the peers it has; others are dialled when they are named. */
  endJoining(): void {
    this.#isJoining = false;
  }

  /** Dials nothing any more. What is under way ends with the endpoint. */
  stop(): void {
    this.#isStopped = true;
    this.#isJoining = false;
    this.#waiting.clear();
    for (const [timer, goOn] of this.#pauses) {
      timer.cancel();
      goOn();
    }
    this.#pauses.clear();
  }

  /** Resolves when no dial is under way any more. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }

  async #dial(key: string, address: PeerAddress, source: AddressSource): Promise<Link | undefined> {
    let broken = 0;
    for (let pauseMs = joinPauseMsMin; ; pauseMs = Math.min(joinPauseMsMax, 2 * pauseMs)) {
      const { incarnation } = this.#endpoint;
      try {
        const link = await this.#endpoint.connect(address);
        this.#attempts.delete(key);
        return link;
      } catch (error) {
        // An address comes from outside and may be anything; whatever dialling it throws is about that address alone.
        const failure = error instanceof TransportError ? error : new TransportError("unreachable", String(error));
        // This node goes on as a newer incarnation since: what held for the old one says nothing.
        if (this.#endpoint.incarnation > incarnation) continue;
        if (failure.code === "closed" || failure.code === "stopped") return undefined;
        this.#failed(key, failure, source);
        const isRemembered = failure.code === "duplicateNode" || failure.code === "declaredDead";
        this.#isRemembered ||= isRemembered;
        if (!isRemembered && (failure.code !== "unreachable" || ++broken > brokenMax)) return undefined;
      }
      if (!this.#isJoining) return undefined;
      await this.#pause(pauseMs);
      if (this.#isStopped) return undefined;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const goOn = (): void => {
        this.#pauses.delete(timer);
        resolve();
      };
      const timer: Timer = this.#runtime.setTimer(ms, goOn, { background: true });
      this.#pauses.set(timer, goOn);
    });
  }

  #failed(key: string, error: TransportError, source: AddressSource): void {
    const now = this.#runtime.now();
    const attempts = this.#attempts.get(key) ?? this.#newAttempts(key, source);
    if (source === "configured") attempts.source = source;
    const doubled = 2 ** Math.min(attempts.failures++, 10);
    const backoffMs = Math.min(backoffMsMax, backoffMsMin * doubled) * (0.5 + this.#runtime.random());
    const rejectedPauseMs = error.code === "self" ? rejectedPauseMsMax : rejectedPauseMsMin * doubled;
    attempts.nextAt = now + (isRejection(error) ? Math.min(rejectedPauseMsMax, rejectedPauseMs) : backoffMs);
    this.#attempts.delete(key);
    this.#attempts.set(key, attempts);
    if (this.#attempts.size > addressesMax) this.#attempts.delete(this.#attempts.keys().next().value as string);
    this.#report(key, error, attempts);
  }

  #newAttempts(key: string, source: AddressSource): Attempts {
    const now = (): number => this.#runtime.now();
    const patientUntil = now() + (this.#linked.has(key) ? goneMs : patienceMs);
    return { failures: 0, nextAt: 0, patientUntil, source, reports: new RepeatedEvents(now) };
  }

  /** One line a minute for each address and reason, and 20 a minute in all; dialling oneself is worth none. */
  #report(key: string, { code, message }: TransportError, { patientUntil, source, reports }: Attempts): void {
    if (code === "self") return;
    const isLasting = isRejection({ code }) || misfits.has(code);
    const isOverdue = source === "configured" && this.#runtime.now() >= patientUntil;
    const level = isLasting || isOverdue ? "warn" : "debug";
    if (level === "warn" && !this.#warnings.hasRoom) return this.#tellOfFurther();
    if (reports.admit(`${level} ${code}`) === undefined) return;
    if (level === "warn") this.#warnings.spend();
    this.#runtime.log[level]("cannot link a peer", { address: key, code, why: message });
  }

  #tellOfFurther(): void {
    if (this.#further.admit("further") === undefined) return;
    const why = "many addresses were named that this node cannot link, and 20 a minute have a line";
    this.#runtime.log.warn("cannot link further peers", { why });
  }
}

const rejections: ReadonlySet<string> = new Set([
  "self",
  "unauthenticated",
  "wrongCluster",
  "versionMismatch",
  "protocol",
  "notEncrypted",
]);

/** These do not pass by themselves either; but they may be mended any time, so the dialling goes on. */
const misfits: ReadonlySet<string> = new Set([
  "duplicateNode",
  "declaredDead",
  "certificateRejected",
  "forbidden",
  "channelMismatch",
]);

function isRejection({ code }: { readonly code: string }): boolean {
  return rejections.has(code);
}
