import type { PeerAddress } from "@foundation/transport";

/** What may be the host of a node: a name or an address, IPv6 without brackets. It becomes a part of URLs. */
export const peerHostPattern: RegExp = /^[A-Za-z0-9._:-]{1,255}$/;

/** Whether something from outside is an address that may have a node. */
export function isPeerAddress(value: unknown): value is PeerAddress {
  if (typeof value !== "object" || value === null) return false;
  const { host, port } = value as { readonly host?: unknown; readonly port?: unknown };
  if (typeof host !== "string" || !peerHostPattern.test(host)) return false;
  return Number.isInteger(port) && (port as number) >= 1 && (port as number) <= 65_535;
}
