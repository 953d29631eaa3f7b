import type { Runtime } from "@foundation/actor";
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
/** Dials at a time. */
const dialsMax = 64;

interface Attempts {
  failures: number;
  nextAt: number;
  /** What the last line in the log was about. */
  reportedCode: string | undefined;
  reportedAt: number;
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
  readonly #endpoint: Endpoint;
  readonly #onSettled: () => void;
  readonly #attempts = new Map<string, Attempts>();
  readonly #underWay = new Map<string, Promise<Link | undefined>>();
  readonly #waiting = new Map<string, PeerAddress>();
  #isJoining = true;
  #isRemembered = false;

  /** @param onSettled called when a dial has ended. */
  constructor(runtime: Runtime, endpoint: Endpoint, onSettled: () => void) {
    this.#runtime = runtime;
    this.#endpoint = endpoint;
    this.#onSettled = onSettled;
  }

  /** How many dials are under way. */
  get pending(): number {
    return this.#underWay.size;
  }

  /** Dials `address` unless a dial is under way, its pause is not over or a link to it stands. */
  dial(address: PeerAddress): Promise<Link | undefined> {
    const key = formatAddress(address);
    const underWay = this.#underWay.get(key);
    if (underWay) return underWay;
    if (this.#underWay.size >= dialsMax) return this.#later(key, address);
    if ((this.#attempts.get(key)?.nextAt ?? 0) > this.#runtime.now() || this.#endpoint.linkAt(address) !== undefined)
      return Promise.resolve(undefined);
    const dialing = this.#dial(key, address).finally(() => this.#dialNext(key));
    this.#underWay.set(key, dialing);
    return dialing;
  }

  /** Further addresses are dialled as earlier dials end; what finds no place is named again by discovery or a peer. */
  #later(key: string, address: PeerAddress): Promise<undefined> {
    if (this.#waiting.size < addressesMax) this.#waiting.set(key, address);
    return Promise.resolve(undefined);
  }

  #dialNext(key: string): void {
    this.#underWay.delete(key);
    for (const [next, address] of this.#waiting) {
      this.#waiting.delete(next);
      void this.dial(address);
      if (this.#underWay.size >= dialsMax) return;
    }
    this.#onSettled();
  }

  /** Whether a peer that was dialled in vain still believes in an earlier life of this node; it will find out. */
  get isRemembered(): boolean {
    return this.#isRemembered;
  }

  /** This node goes on with the peers it has; others are dialled when they are named. */
  endJoining(): void {
    this.#isJoining = false;
  }

  /** Resolves when no dial is under way any more. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }

  async #dial(key: string, address: PeerAddress): Promise<Link | undefined> {
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
        if (failure.code === "closed") return undefined;
        this.#failed(key, failure);
        const isRemembered = failure.code === "duplicateNode" || failure.code === "declaredDead";
        this.#isRemembered ||= isRemembered;
        if (!isRemembered && (failure.code !== "unreachable" || ++broken > brokenMax)) return undefined;
      }
      if (!this.#isJoining) return undefined;
      await new Promise<void>((resolve) => this.#runtime.setTimer(pauseMs, resolve, { background: true }));
    }
  }

  #failed(key: string, error: TransportError): void {
    const known = this.#attempts.get(key);
    const failures = (known?.failures ?? 0) + 1;
    const attempts = known ?? { failures, nextAt: 0, reportedCode: undefined, reportedAt: Number.NEGATIVE_INFINITY };
    const doubled = 2 ** Math.min(failures - 1, 10);
    const backoffMs = Math.min(backoffMsMax, backoffMsMin * doubled) * (0.5 + this.#runtime.random());
    const rejectedPauseMs = error.code === "self" ? rejectedPauseMsMax : rejectedPauseMsMin * doubled;
    const pauseMs = isRejection(error) ? Math.min(rejectedPauseMsMax, rejectedPauseMs) : backoffMs;
    attempts.failures = failures;
    attempts.nextAt = this.#runtime.now() + pauseMs;
    this.#attempts.delete(key);
    this.#attempts.set(key, attempts);
    if (this.#attempts.size > addressesMax) this.#attempts.delete(this.#attempts.keys().next().value as string);
    this.#report(key, error, attempts);
  }

  /** One line a minute for each address, more only when the reason changes; dialling oneself is worth none. */
  #report(key: string, { code, message }: TransportError, attempts: Attempts): void {
    const now = this.#runtime.now();
    if (code === "self" || (attempts.reportedCode === code && now - attempts.reportedAt < 60_000)) return;
    attempts.reportedCode = code;
    attempts.reportedAt = now;
    const level = isRejection({ code }) || misfits.has(code) ? "warn" : "debug";
    this.#runtime.log[level]("cannot link", { address: key, code, reason: message });
  }
}

const rejections: ReadonlySet<string> = new Set([
  "self",
  "unauthenticated",
  "wrongCluster",
  "versionMismatch",
  "protocol",
]);

/** Somebody has to do something about these, too; they may be over any time, so the dialling goes on. */
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
