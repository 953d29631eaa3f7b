// What any messaging between objects needs, with nothing checked: an address, the name of a method, its arguments, in MessagePack.
import { createRequire } from "node:module";

/** What is used of msgpackr. */
interface MessagePack {
  pack(value: unknown): Buffer;
  unpack(bytes: Uint8Array): unknown;
}

type Target = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** The very msgpackr that ours packs with, set up for as many kinds of values. */
export function messagePack(): MessagePack {
  const { Packr } = createRequire(import.meta.resolve("@foundation/transport"))("msgpackr");
  return new Packr({ useRecords: false, moreTypes: true, variableMapSize: true, useToJSON: false, copyBuffers: true });
}

/** Calls the method that `message` names, of the target with its number. @returns what it returns. */
export function dispatch(targets: ReadonlyMap<number, object>, message: unknown): unknown {
  const [id, method, args] = message as [number, string, unknown[]];
  return (targets.get(id) as Target | undefined)?.[method]?.(...args);
}
