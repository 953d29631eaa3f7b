import type { Method } from "../actor/protocol.ts";
import type { ReplyTo } from "../message/reply.ts";
import type { MailboxLimits, Priority } from "./mailbox-options.ts";
import { Ring } from "./ring.ts";

/** One message on its way to a handler. */
export interface Envelope {
  readonly method: Method;
  readonly args: readonly unknown[];
  /** Where the result goes; absent for messages that want none. */
  readonly replyTo: ReplyTo | undefined;
  readonly priority: Priority;
  /** How many messages the mailbox had taken when it took this one, itself included. */
  sequence: number;
  /** Monotonic milliseconds, of the messages whose wait is measured; 0 of the others. */
  sampledAt: number;
}

/** Every so many messages, one has its wait measured. A power of two. */
const sampleEvery = 64;
/** How much one measured wait counts in the moving average. */
const sampleWeight = 1 / 8;

/**
 * The messages that wait for one actor, in lanes: `high` before `normal` before `low`, each first-in first-out.
 *
 * Messages to reentrant methods have a lane of their own, from which they are taken while another handler is under way;
 * otherwise they keep their place among those of normal priority, whatever their own. So does the actor's own work (what its
 * timers call), which takes up no room and is never dropped.
 */
export class Mailbox {
  readonly limits: MailboxLimits;
  /** Made when it is needed, as all lanes: an idle actor has none. */
  #normal: Ring<Envelope> | undefined;
  #high: Ring<Envelope> | undefined;
  #low: Ring<Envelope> | undefined;
  #reentrant: Ring<Envelope> | undefined;
  #own: Ring<Envelope> | undefined;
  #length = 0;
  #taken = 0;
  #mailboxTimeMs = 0;
  /** Messages that were dropped because the mailbox was full. */
  dropped = 0;
  /** Messages whose handler was called. */
  processed = 0;

  constructor(limits: MailboxLimits) {
    this.limits = limits;
  }

  /** How many envelopes wait, in all lanes. */
  get length(): number {
    return this.#length;
  }

  get counters(): { processed: number; dropped: number; mailboxLength: number; mailboxTimeMs: number } {
    const { processed, dropped } = this;
    return { processed, dropped, mailboxLength: this.#length, mailboxTimeMs: this.#mailboxTimeMs };
  }

  get isFull(): boolean {
    return this.#length - (this.#own?.length ?? 0) >= this.limits.capacity;
  }

  /** Whether a message waits that may be handled while another handler is under way. */
  get hasReentrant(): boolean {
    return this.#reentrant !== undefined && this.#reentrant.length > 0;
  }

  /**
   * Takes an envelope in. The caller has made sure that there is room.
   *
   * @returns whether its wait is to be measured.
   */
  push(envelope: Envelope): boolean {
    const sequence = ++this.#taken;
    envelope.sequence = sequence;
    this.#length++;
    this.#lane(envelope).push(envelope);
    return (sequence & (sampleEvery - 1)) === 0;
  }

  /** Takes in work of the actor itself. */
  pushOwn(envelope: Envelope): void {
    envelope.sequence = ++this.#taken;
    this.#length++;
    this.#own ??= new Ring();
    this.#own.push(envelope);
  }

  /** A message waited this long. Milliseconds. */
  waited(ms: number): void {
    this.#mailboxTimeMs += (ms - this.#mailboxTimeMs) * sampleWeight;
  }

  /** Puts an envelope before all others of its lane: it had been taken out before. */
  putBack(envelope: Envelope): void {
    this.#length++;
    this.#lane(envelope).unshift(envelope);
  }

  /** Removes and returns the envelope that is due. */
  shift(): Envelope | undefined {
    if (this.#length === 0) return undefined;
    this.#length--;
    return this.#high?.shift() ?? this.#shiftNormal(this.#own) ?? this.#low?.shift();
  }

  /** Removes and returns the oldest envelope that may be handled while another handler is under way. */
  shiftReentrant(): Envelope | undefined {
    const envelope = this.#reentrant?.shift();
    if (envelope !== undefined) this.#length--;
    return envelope;
  }

  /** Removes and returns the oldest envelope of the lowest priority. */
  dropOldest(): Envelope | undefined {
    const envelope = this.#low?.shift() ?? this.#shiftNormal(undefined) ?? this.#high?.shift();
    if (envelope !== undefined) this.#length--;
    return envelope;
  }

  /** The oldest of normal priority, of the reentrant ones, and of `own`. */
  #shiftNormal(own: Ring<Envelope> | undefined): Envelope | undefined {
    let oldest = this.#normal;
    if (this.#reentrant !== undefined) oldest = older(oldest, this.#reentrant);
    if (own !== undefined) oldest = older(oldest, own);
    return oldest?.shift();
  }

  #lane({ method, priority }: Envelope): Ring<Envelope> {
    if (method.isReentrant) return (this.#reentrant ??= new Ring());
    if (priority === "normal") return (this.#normal ??= new Ring());
    if (priority === "high") return (this.#high ??= new Ring());
    return (this.#low ??= new Ring());
  }
}

/** Of two lanes the one whose first envelope came first. */
function older(a: Ring<Envelope> | undefined, b: Ring<Envelope>): Ring<Envelope> {
  const [first, second] = [a?.peek(), b.peek()];
  if (a === undefined || first === undefined) return b;
  return second !== undefined && second.sequence < first.sequence ? b : a;
}
