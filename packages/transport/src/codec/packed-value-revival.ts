import { TransportError } from "../errors.ts";
import { packedKind, type ReferenceCodec } from "./extension.ts";
import { receivedError } from "./received-error.ts";

/** The value that the content of a packed value stands for. The scanner has checked its shape before. */
export function revive(content: readonly unknown[], reference: ReferenceCodec | undefined): unknown {
  switch (content[0]) {
    case packedKind.negativeZero:
      return -0;
    case packedKind.date:
      return new Date(content[1] as number);
    case packedKind.text:
      return (content[1] as Buffer).toString("utf16le");
    case packedKind.map:
      return reviveMap(content);
    case packedKind.set:
      return new Set(content.slice(1));
    case packedKind.error:
      return reviveError(content);
    case packedKind.entries:
      return reviveEntries(content);
    case packedKind.reference:
      return reviveReference(content[1], reference);
    default:
      throw new TransportError("malformed", "A packed value of an unknown kind was received.");
  }
}

function reviveMap(content: readonly unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let i = 1; i < content.length; i += 2) map.set(content[i], content[i + 1]);
  return map;
}

function reviveError(content: readonly unknown[]): Error {
  const code = content[3];
  const error = receivedError(content[1] as string, content[2] as string);
  if (code !== null) Object.assign(error, { code });
  if (content.length === 5) {
    Object.defineProperty(error, "cause", { value: content[4], writable: true, configurable: true });
  }
  return error;
}

function reviveEntries(content: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let i = 1; i < content.length; i += 2) {
    const key = content[i] as string;
    const value = content[i + 1];
    // An assignment would set the prototype; as own data the key is as harmless as any other.
    if (key === "__proto__") {
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
    } else {
      object[key] = value;
    }
  }
  return object;
}

function reviveReference(plain: unknown, reference: ReferenceCodec | undefined): unknown {
  try {
    if (!reference) throw new Error("No references are known here.");
    return reference.decode(plain);
  } catch (cause) {
    throw new TransportError("malformed", "A reference in the received value means nothing here.", { cause });
  }
}
