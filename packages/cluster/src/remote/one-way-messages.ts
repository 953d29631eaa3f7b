import { ActorError, type CallOptions } from "@foundation/actor";
import type { ByteWriter, Codec } from "@foundation/transport";
import { messageKind } from "./message-kind.ts";
import { priorityByte } from "./priority-byte.ts";

/** The longest method name. Bytes. */
export const methodBytesMax = 255;

/** A call that wants no answer. */
export interface OneWayCall {
  readonly actorId: number;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly options: CallOptions | undefined;
}

/** A plain message for `receive`. */
export interface PlainMessage {
  readonly actorId: number;
  readonly message: unknown;
  readonly options: CallOptions | undefined;
}

/** Writes a call that wants no answer over what is in `writer`. @throws ActorError `badMessage`; TransportError `notSerializable`. */
export function writeTell(writer: ByteWriter, codec: Codec, { actorId, method, args, options }: OneWayCall): void {
  checkMethod(method);
  writer.reset();
  writer.u8(messageKind.tell);
  writer.varint(actorId);
  writer.u8(priorityByte(options));
  writer.string(method);
  codec.encode(args, writer);
}

/** Writes a plain message for `receive` over what is in `writer`. @throws TransportError `notSerializable`. */
export function writeSend(writer: ByteWriter, codec: Codec, { actorId, message, options }: PlainMessage): void {
  writer.reset();
  writer.u8(messageKind.send);
  writer.varint(actorId);
  writer.u8(priorityByte(options));
  codec.encode(message, writer);
}

/** The receiver would take a longer name for a broken message and end the link. @throws ActorError `badMessage`. */
export function checkMethod(method: string): void {
  // No character takes more than 3 bytes.
  if (method.length * 3 <= methodBytesMax || Buffer.byteLength(method) <= methodBytesMax) return;
  throw new ActorError("badMessage", `a message name has at most ${methodBytesMax} bytes; this one has more`);
}
