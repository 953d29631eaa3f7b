/**
 * What one side remembers of one connection of a reliable channel, from link to link between the same lives of both nodes:
 * which messages the peer has not acknowledged, and how many of the peer's have arrived.
 *
 * Messages are numbered by counting, so they carry nothing for it on the wire.
 */
export class ReliableStream {
  /** How many of the peer's messages have been handed on. */
  received = 0;
  /** Messages that are given up because nobody can tell whether the peer has had them. */
  dropped = 0;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  /** Number of the first message that is kept: all before it are acknowledged. */
  #first = 0;
  /** Number of the first message that was never handed to any connection. */
  #unsent = 0;

  /** Bytes of the messages that are not acknowledged. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Takes a message, which nobody changes afterwards. */
  keep(message: Uint8Array): void {
    this.#kept.push(message);
    this.#keptBytes += message.length;
  }

  /** What the connection at hand is to send next; from now on it counts as sent. */
  takeUnsent(): Uint8Array[] {
    const messages = this.#kept.slice(this.#unsent - this.#first);
    this.#unsent = this.#first + this.#kept.length;
    return messages;
  }

  /** The peer says that `count` messages have arrived. @returns `false` when that is less than before, or more than were sent. */
  acknowledge(count: number): boolean {
    if (count < this.#first || count > this.#unsent) return false;
    this.#forget(count - this.#first);
    return true;
  }

  /**
   * A new connection begins: what the peer has had so far is known, and all after it is sent again.
   *
   * When the peer counts otherwise it, or this side, has forgotten the other: then nobody knows what became of what was sent,
   * and it is given up, since once too often would be worse.
   */
  resume(count: number): void {
    if (!this.acknowledge(count)) {
      const sent = this.#unsent - this.#first;
      this.#forget(sent);
      this.dropped += sent;
      this.#first = count;
    }
    this.#unsent = this.#first;
  }

  #forget(count: number): void {
    for (const message of this.#kept.splice(0, count)) this.#keptBytes -= message.length;
    this.#first += count;
  }
}
