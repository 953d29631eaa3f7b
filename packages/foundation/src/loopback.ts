import { isIPv4 } from "node:net";

/** Whether `host`, however it is spelt, is this machine and nothing else. */
export function isLoopback(host: string): boolean {
  const plain = plainHost(host);
  if (plain === "localhost" || plain === "::1") return true;
  return (plain.startsWith("127.") && isIPv4(plain)) || /^::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}$/.test(plain);
}

/** Whether `host` stands for every address of this machine: `0.0.0.0`, `::`, in whichever form. */
export function isEveryAddress(host: string): boolean {
  const plain = plainHost(host);
  return plain === "0.0.0.0" || plain === "::" || plain === "::ffff:0:0";
}

/** A host in the one form that URLs have for it: lower case, `127.1` as `127.0.0.1`, `0:0:0:0:0:0:0:1` as `::1`. */
export function plainHost(host: string): string {
  const url = URL.parse(`http://${host.includes(":") ? `[${host}]` : host}/`);
  // What is no host of a URL is no address either.
  return url?.hostname.replace(/^\[|\]$/g, "") ?? host.toLowerCase();
}
