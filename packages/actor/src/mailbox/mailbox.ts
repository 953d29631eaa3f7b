import type { Envelope } from "../contract/envelope.ts";
import type { MailboxLimits, Priority } from "./mailbox-options.ts";
import { Ring } from "./ring.ts";

/** Of so many messages of normal priority, one at most has its wait measured. */
const sampleEvery = 64;
/** How much one measured wait counts in the moving average. */
const sampleWeight = 1 / 8;

/** A message beside those of normal priority that keeps its place among them. */
interface Placed {
  readonly envelope: Envelope;
  /** How many messages of normal priority came before it. */
  readonly after: number;
  /** Its place among its like. */
  readonly ordinal: number;
}

/** What is beside the messages of normal priority. */
class Lanes {
  /** Had been taken out before. */
  readonly returned = new Ring<Envelope>();
  readonly high = new Ring<Envelope>();
  readonly low = new Ring<Envelope>();
  readonly reentrant = new Ring<Placed>();
  /** The actor's own work. */
  readonly own = new Ring<Placed>();
  /** How many there are in all of them: mostly none, and then they need not be looked at. */
  waiting = 0;
  #ordinal = 0;

  push(lane: Ring<Envelope>, envelope: Envelope): void {
    lane.push(envelope);
    this.waiting++;
  }

  putBack(envelope: Envelope): void {
    this.returned.unshift(envelope);
    this.waiting++;
  }

  place(lane: Ring<Placed>, envelope: Envelope, after: number): void {
    lane.push({ envelope, after, ordinal: this.#ordinal++ });
    this.waiting++;
  }

  /** Removes and returns the oldest of a lane. */
  shift<T>(lane: Ring<T>): T | undefined {
    if (lane.length === 0) return undefined;
    this.waiting--;
    return lane.shift();
  }

  /** The lane whose first message is due when `shifted` messages of normal priority have been taken. */
  due(shifted: number): Ring<Placed> | undefined {
    const reentrant = this.reentrant.peek();
    const own = this.own.peek();
    const isReentrantDue = reentrant !== undefined && reentrant.after <= shifted;
    const isOwnDue = own !== undefined && own.after <= shifted;
    if (isReentrantDue && isOwnDue) return reentrant.ordinal < own.ordinal ? this.reentrant : this.own;
    if (isReentrantDue) return this.reentrant;
    return isOwnDue ? this.own : undefined;
  }
}

/**
 * The messages that wait for one actor: `high` before `normal` before `low`, each first-in first-out.
 *
 * Messages to reentrant methods have a lane of their own, from which they are taken while another handler is under way;
 * otherwise they keep their place among those of normal priority, whatever their own. So does the actor's own work (what its
 * timers call), which takes up no room and is never dropped.
 */
export class Mailbox {
  readonly limits: MailboxLimits;
  readonly #clock: { now(): number };
  readonly #normal = new Ring<Envelope>();
  /** Most actors never need them. */
  #lanes: Lanes | undefined;
  /** How many more envelopes may be taken in. */
  #room: number;
  /** Of messages that came from other nodes. */
  #bytes = 0;
  /** Who waits for room; made when somebody does. */
  #waiting: Set<() => void> | undefined;
  /** Which message's wait is measured, counted from the first of normal priority; -1 for none. */
  #sample = -1;
  #sinceSample = 0;
  #sampledAt = 0;
  #mailboxTimeMs = 0;
  #takenElsewhere: Envelope | undefined;
  /** Messages that were dropped because the mailbox was full. */
  dropped = 0;
  /** Messages whose handler was called. */
  processed = 0;

  /** @param clock monotonic time, for the wait of one message in 64 at most. */
  constructor(limits: MailboxLimits, clock: { now(): number }) {
    this.limits = limits;
    this.#room = limits.capacity;
    this.#clock = clock;
  }

  /** How many envelopes wait, the actor's own work included. */
  get length(): number {
    return this.limits.capacity - this.#room + (this.#lanes?.own.length ?? 0);
  }

  get counters(): { processed: number; dropped: number; mailboxLength: number; mailboxTimeMs: number } {
    const { processed, dropped } = this;
    return { processed, dropped, mailboxLength: this.length, mailboxTimeMs: this.#mailboxTimeMs };
  }

  get isFull(): boolean {
    return this.#room <= 0 || this.#bytes >= this.limits.capacityBytes;
  }

  /** Whether senders on other nodes, of which there may be many, are to wait. */
  get isCrowded(): boolean {
    return this.#room <= 0 || this.#bytes * 2 > this.limits.capacityBytes;
  }

  /** What waits, as text for errors. */
  describeWaiting(): string {
    const what = this.length === 1 ? "1 message" : `${this.length} messages`;
    return this.#bytes < this.limits.capacityBytes ? what : `${what} with ${this.#bytes} bytes from other nodes`;
  }

  /** Bytes of waiting messages that came from other nodes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a message waits that may be handled while another handler is under way. */
  get hasReentrant(): boolean {
    return this.#lanes !== undefined && this.#lanes.reentrant.length > 0;
  }

  // ---- in ----

  /** Takes an envelope in. The caller has made sure that there is room. */
  push(envelope: Envelope, priority: Priority | undefined): void {
    this.#room--;
    if (envelope.bytes !== undefined) this.#bytes += envelope.bytes;
    if (envelope.method.isReentrant) return this.#place(this.#others.reentrant, envelope);
    if (priority !== undefined && priority !== "normal") return this.#others.push(this.#others[priority], envelope);
    if (this.#sample < 0 && ++this.#sinceSample >= sampleEvery) this.#startSample();
    this.#normal.push(envelope);
  }

  /** Takes in work of the actor itself. */
  pushOwn(envelope: Envelope): void {
    this.#place(this.#others.own, envelope);
  }

  /** Puts an envelope that had been taken out before all others. */
  putBack(envelope: Envelope): void {
    this.#room--;
    this.#bytes += envelope.bytes ?? 0;
    this.#others.putBack(envelope);
  }

  /** Takes an envelope out that was put back and still waits. */
  withdraw(envelope: Envelope): void {
    const lanes = this.#lanes;
    if (lanes === undefined) return;
    const { returned } = lanes;
    for (let left = returned.length; left > 0; left--) {
      const each = lanes.shift(returned);
      if (each === envelope) this.#taken(envelope);
      else if (each !== undefined) lanes.push(returned, each);
    }
  }

  // ---- out ----

  /** The envelope that was shifted last, until {@link release}. */
  get taken(): Envelope | undefined {
    return this.#takenElsewhere ?? this.#normal.taken;
  }

  /** Forgets the envelope that was shifted last, and tells those who wait for room when there is some. */
  release(): void {
    this.#takenElsewhere = undefined;
    this.#normal.release();
    if (this.#waiting !== undefined && !this.isFull) this.#tellWaiting(this.#waiting);
  }

  /** Calls `listener` once there is room, after messages were taken out. @returns how to take the listener back. */
  onceRoom(listener: () => void): () => void {
    const waiting = (this.#waiting ??= new Set());
    waiting.add(listener);
    return () => waiting.delete(listener);
  }

  #tellWaiting(waiting: ReadonlySet<() => void>): void {
    this.#waiting = undefined;
    for (const listener of waiting) listener();
  }

  /** Removes and returns the envelope that is due. */
  shift(): Envelope | undefined {
    const lanes = this.#lanes;
    if (lanes !== undefined) {
      if (lanes.waiting > 0) return (this.#takenElsewhere = this.#shiftLanes(lanes));
      this.#takenElsewhere = undefined;
    }
    const envelope = this.#shiftNormal();
    if (envelope !== undefined) this.#taken(envelope);
    return envelope;
  }

  /** An envelope leaves room behind. */
  #taken(envelope: Envelope): void {
    this.#room++;
    if (this.#bytes > 0) this.#bytes -= envelope.bytes ?? 0;
  }

  /** Removes and returns the oldest envelope that may be handled while another handler is under way. */
  shiftReentrant(): Envelope | undefined {
    const lanes = this.#lanes;
    const placed = lanes?.shift(lanes.reentrant);
    if (placed !== undefined) this.#taken(placed.envelope);
    return placed?.envelope;
  }

  /** Removes and returns the oldest envelope of the lowest priority. */
  dropOldest(): Envelope | undefined {
    const lanes = this.#lanes;
    const envelope =
      lanes === undefined
        ? this.#shiftNormal()
        : (lanes.shift(lanes.low) ??
          this.#shiftOldest(lanes) ??
          lanes.shift(lanes.high) ??
          lanes.shift(lanes.returned));
    if (envelope !== undefined) this.#taken(envelope);
    return envelope;
  }

  get #others(): Lanes {
    return (this.#lanes ??= new Lanes());
  }

  #place(lane: Ring<Placed>, envelope: Envelope): void {
    this.#others.place(lane, envelope, this.#normal.shifted + this.#normal.length);
  }

  #shiftLanes(lanes: Lanes): Envelope | undefined {
    const first = lanes.shift(lanes.returned) ?? lanes.shift(lanes.high);
    const due = first === undefined ? lanes.due(this.#normal.shifted) : undefined;
    // Takes up no room.
    if (due !== undefined && due === lanes.own) return lanes.shift(due)?.envelope;
    const envelope = first ?? (due && lanes.shift(due))?.envelope ?? this.#shiftNormal() ?? lanes.shift(lanes.low);
    if (envelope !== undefined) this.#taken(envelope);
    return envelope;
  }

  /** The oldest of normal priority and of the reentrant ones. */
  #shiftOldest(lanes: Lanes): Envelope | undefined {
    const { reentrant } = lanes;
    const first = reentrant.peek();
    const isOlder = first !== undefined && first.after <= this.#normal.shifted;
    return isOlder ? lanes.shift(reentrant)?.envelope : this.#shiftNormal();
  }

  #shiftNormal(): Envelope | undefined {
    const normal = this.#normal;
    if (this.#sample >= 0 && normal.shifted === this.#sample) this.#endSample();
    return normal.take();
  }

  // ---- the wait of one message in many ----

  #startSample(): void {
    this.#sample = this.#normal.shifted + this.#normal.length;
    this.#sampledAt = this.#clock.now();
    this.#sinceSample = 0;
  }

  #endSample(): void {
    // The message that is measured may not have come yet.
    if (this.#normal.length === 0) return;
    const waitedMs = this.#clock.now() - this.#sampledAt;
    const isFirst = this.#mailboxTimeMs === 0;
    this.#mailboxTimeMs += (waitedMs - this.#mailboxTimeMs) * (isFirst ? 1 : sampleWeight);
    this.#sample = -1;
  }
}
