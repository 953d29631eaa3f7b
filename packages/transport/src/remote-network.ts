/**
 * Which remote hosts count as one: an IPv4 address, in whichever form it is written, and all of an IPv6 network of 64 bits,
 * because that is what one machine or one customer gets, with 2^64 addresses to choose from (RFC 6177).
 */
export function networkOf(remoteHost: string): string {
  if (!remoteHost.includes(":")) return remoteHost;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteHost)?.[1];
  if (mapped !== undefined) return mapped;
  const [address = ""] = remoteHost.split("%");
  const [before = "", after] = address.toLowerCase().split("::");
  const head = groupsOf(before);
  const tail = groupsOf(after ?? "");
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(":")}::/64`;
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":");
}
