import { shown } from "@foundation/actor/spi";

/** A value of which errors show no more than its type: it may be a secret or a key in the wrong place. */
export function typeShown(value: unknown): string {
  if (value === null || typeof value === "object") return shown(value);
  return value === undefined ? "undefined" : `a ${typeof value}`;
}
