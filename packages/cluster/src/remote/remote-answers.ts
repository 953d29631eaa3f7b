import type { FoundationError, ReplyTo, Runtime } from "@foundation/actor";
import { showThrown } from "@foundation/actor/spi";
import { TransportError } from "@foundation/transport";
import { messageKind } from "./message-kind.ts";
import { controlBytesMax, type SessionWire } from "./session-wire.ts";

/** Sends the outcomes of the peer's asks back to it. */
export class RemoteAnswers {
  readonly #wire: SessionWire;
  readonly #runtime: Pick<Runtime, "now">;

  constructor(wire: SessionWire, runtime: Pick<Runtime, "now">) {
    this.#wire = wire;
    this.#runtime = runtime;
  }

  /**
   * The way back of one ask.
   *
   * @param waitsMs how long its asker waits, in milliseconds; 0 when that is not known.
   */
  replyTo(id: number, channel: string, waitsMs: number): ReplyTo {
    const expiresAt = waitsMs === 0 ? Number.POSITIVE_INFINITY : this.#runtime.now() + waitsMs;
    return new RemoteReply(this, id, channel, expiresAt);
  }

  /** Answers an ask of the peer. What cannot be sent becomes an error, so that the asker never waits in vain. */
  send(kind: typeof messageKind.result | typeof messageKind.error, id: number, value: unknown, channel: string): void {
    const { link, codec } = this.#wire;
    if (!link.isOpen) return;
    try {
      const writer = this.#wire.begin(kind);
      writer.varint(id);
      codec.encode(value, writer);
      this.#wire.send(writer, writer.length > controlBytesMax ? undefined : channel, id);
    } catch (error) {
      const isUnsendable = error instanceof TransportError && error.code === "notSerializable";
      // A handler may throw anything; its asker gets to know at least what it looked like.
      const substitute = kind === messageKind.error && isUnsendable ? new Error(showThrown(value)) : error;
      this.#wire.signal(messageKind.error, (writer) => {
        writer.varint(id);
        codec.encode(substitute, writer);
      });
    }
  }

  /** Hands an ask of the peer back: no handler has seen it. */
  refuse(id: number, { code, message }: FoundationError): void {
    this.#wire.signal(messageKind.refused, (writer) => {
      writer.varint(id);
      writer.string(code);
      writer.string(message);
    });
  }

  /** Milliseconds until then. */
  timeLeftMs(expiresAt: number): number {
    return Math.max(0, expiresAt - this.#runtime.now());
  }
}

/** Sends the outcome of one ask back to the node that asked. */
class RemoteReply implements ReplyTo {
  readonly isAborted: boolean = false;
  onSettled: (() => void) | undefined;
  readonly #answers: RemoteAnswers;
  readonly #id: number;
  readonly #channel: string;
  readonly #expiresAt: number;

  constructor(answers: RemoteAnswers, id: number, channel: string, expiresAt: number) {
    this.#answers = answers;
    this.#id = id;
    this.#channel = channel;
    this.#expiresAt = expiresAt;
  }

  timeLeftMs(): number {
    return this.#answers.timeLeftMs(this.#expiresAt);
  }

  succeed(value: unknown): void {
    this.#answers.send(messageKind.result, this.#id, value, this.#channel);
    this.onSettled?.();
  }

  fail(error: unknown): void {
    this.#answers.send(messageKind.error, this.#id, error, this.#channel);
    this.onSettled?.();
  }

  refuse(error: FoundationError): void {
    this.#answers.refuse(this.#id, error);
    this.onSettled?.();
  }
}
