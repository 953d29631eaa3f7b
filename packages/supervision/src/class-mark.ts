import { createHash } from "node:crypto";
import type { ActorClass, Protocol } from "@foundation/actor";

/** The longest name of a class. Bytes. */
export const classNameBytesMax = 255;
/** The longest fingerprint. Bytes. */
export const fingerprintBytesMax = 255;
/** Characters of a longer list of messages that are kept, for people; a hash stands for the rest. */
const listedCharacters = 120;

/** How nodes tell classes apart. */
export interface ClassMark {
  /** `static actorName`, else the name of the class. */
  readonly name: string;
  /** The messages it understands. */
  readonly fingerprint: string;
  /** Whether the class itself says its name: then another fingerprint is another version of it. */
  readonly isNamed: boolean;
}

/** The mark of a class. @param protocol the messages of its actors. */
export function classMark(actorClass: ActorClass, protocol: Protocol): ClassMark {
  // Its own: a subclass is another class.
  const isNamed = Object.hasOwn(actorClass, "actorName");
  const name = isNamed ? String(actorClass.actorName) : actorClass.name;
  return { name, fingerprint: fingerprintOf(protocol), isNamed };
}

/**
 * Whether two marks of one name are of one class. What a minifier or chance named alike differs in its messages; a class that says
 * its name may have other messages in another version.
 */
export function isSameClass(
  a: Pick<ClassMark, "fingerprint" | "isNamed">,
  b: Pick<ClassMark, "fingerprint" | "isNamed">,
): boolean {
  return a.fingerprint === b.fingerprint || (a.isNamed && b.isNamed);
}

/** A class for people: its name and messages. */
export function describeClass({ name, fingerprint }: Pick<ClassMark, "name" | "fingerprint">): string {
  return `${JSON.stringify(name)} with ${fingerprint === "" ? "no messages" : `the messages ${fingerprint}`}`;
}

function fingerprintOf(protocol: Protocol): string {
  const messages = [...protocol.names(), ...(protocol.receive === undefined ? [] : ["receive"])].sort().join(",");
  if (Buffer.byteLength(messages) <= fingerprintBytesMax) return messages;
  const hash = createHash("sha256").update(messages).digest("hex").slice(0, 32);
  return `${Buffer.from(messages)
    .toString("latin1", 0, listedCharacters)
    .replace(/[^ -~]/g, "?")}...#${hash}`;
}
