import type { ActorChannels } from "@foundation/actor";
import { shown } from "@foundation/actor/spi";
import { compareStamps, type Stamp } from "@foundation/cluster";
import { RegistryError } from "./errors.ts";

/** The longest name. Bytes of UTF-8. */
export const nameBytesMax = 255;

/** Whether `name` can be registered: 1 to 255 bytes of UTF-8 without control characters. */
export function isName(name: unknown): name is string {
  // No character takes less than a byte: of a long text no more is looked at.
  if (typeof name !== "string" || name.length === 0 || name.length > nameBytesMax) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
  return Buffer.byteLength(name) <= nameBytesMax && !/[\u0000-\u001f\u007f]/.test(name);
}

/** Refuses what cannot be registered. @throws RegistryError `invalidName`. */
export function checkName(name: unknown): void {
  if (isName(name)) return;
  const allowed = `a string of 1 to ${nameBytesMax} bytes without control characters`;
  throw new RegistryError("invalidName", `${shown(name)} is no name: ${allowed}`);
}

/** One name held by one actor. */
export interface Registration {
  readonly name: string;
  readonly actorId: number;
  /** Which start of the name this is; 0 for names that are not a singleton's. */
  readonly epoch: number;
  readonly stamp: Stamp;
  /** The channels that the actor's class names, if it does. */
  readonly channels?: ActorChannels | undefined;
}

/** A registration and the node that holds it. */
export interface Claim {
  readonly nodeId: string;
  readonly registration: Registration;
}

/**
 * Which of two claims to one name wins: the higher epoch, else the earlier stamp, else the smaller node id. Every node
 * comes to the same answer whatever order it hears of them in.
 */
export function winnerOf(a: Claim, b: Claim): Claim {
  const byEpoch = b.registration.epoch - a.registration.epoch;
  const byStamp = compareStamps(a.registration.stamp, b.registration.stamp);
  return (byEpoch || byStamp || (a.nodeId < b.nodeId ? -1 : 1)) < 0 ? a : b;
}
