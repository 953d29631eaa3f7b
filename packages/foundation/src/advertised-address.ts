import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import type { PeerAddress } from "@foundation/transport";
import { StartError } from "./errors.ts";
import { isEveryAddress } from "./loopback.ts";
import type { FoundationOptions } from "./options.ts";

/** The addresses of this machine, by interface. */
export type Interfaces = () => NodeJS.Dict<NetworkInterfaceInfo[]>;

/**
 * Where others reach this node when that is not where it listens; port 0 stands for the one that it listens at.
 *
 * `0.0.0.0` and `::` stand for every address of this machine and lead nowhere from another one: the one address that others can
 * reach takes their place.
 *
 * @throws StartError `ambiguousAddress` when there are several, or the system does not say.
 */
export function advertisedAddress(
  { host, advertise }: Pick<FoundationOptions, "host" | "advertise">,
  interfaces: Interfaces = networkInterfaces,
): PeerAddress | undefined {
  if (advertise !== undefined) return { host: advertise.host, port: advertise.port ?? 0 };
  if (host === undefined || !isEveryAddress(host)) return undefined;
  const addresses = reachable(host, interfaces);
  const [address] = addresses;
  if (addresses.length === 1 && address !== undefined) return { host: address, port: 0 };
  throw ambiguous(host, `this machine has ${addresses.length} addresses (${addresses.join(", ")})`);
}

/** The addresses that others may reach, of the family that was asked for; those of loopback when there is nothing else. */
function reachable(host: string, interfaces: Interfaces): string[] {
  const all = read(host, interfaces);
  const external = all.filter(({ address, internal }) => !internal && !isLinkLocal(address));
  const six = external.filter(({ family }) => family === "IPv6").map(({ address }) => address);
  const four = external.filter(({ family }) => family === "IPv4").map(({ address }) => address);
  if (!host.includes(":")) return four.length > 0 ? four : ["127.0.0.1"];
  // What listens at `::` takes IPv4 connections, too.
  if (six.length > 0) return six;
  return four.length > 0 ? four : ["::1"];
}

function read(host: string, interfaces: Interfaces): NetworkInterfaceInfo[] {
  try {
    return Object.values(interfaces()).flatMap((each) => each ?? []);
  } catch (error) {
    throw ambiguous(host, `the system does not say which addresses this machine has (${String(error)})`);
  }
}

/** Good within one cable only, and never without naming the interface. */
function isLinkLocal(address: string): boolean {
  return address.startsWith("169.254.") || /^fe[89ab]/i.test(address);
}

function ambiguous(host: string, why: string): StartError {
  const remedy = "give advertise: { host } with the one that other nodes reach, or listen at that one alone";
  return new StartError("ambiguousAddress", `${host} is no address for others, and ${why}; ${remedy}`);
}
