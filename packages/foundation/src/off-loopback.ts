import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { listenError } from "@foundation/transport";
import { isEveryAddress, isLoopback, plainHost } from "./loopback.ts";

/** What a host is that is not known to be loopback, as it stands behind its name in errors. */
export function describeOffLoopback(host: string): string {
  if (isEveryAddress(host)) return "stands for every address of this machine, loopback and others";
  if (isAddress(host)) return "is off loopback";
  return "is a name, and of names only localhost is known to be loopback";
}

/**
 * Looks up a name that cannot be listened at for other reasons as well, since nothing else helps when it is misspelt.
 *
 * @throws TransportError `addressNotAvailable`, as listening would.
 */
export async function assertResolves(host: string, port: number): Promise<void> {
  if (isLoopback(host) || isAddress(host)) return;
  await lookup(host).catch((error: Error) => {
    throw listenError({ host, port }, error);
  });
}

function isAddress(host: string): boolean {
  return isIP(plainHost(host)) !== 0;
}
