import type { IncomingMessage } from "node:http";
import { path, subprotocol } from "./wire-limits.ts";

/** The status with which a request to upgrade is refused; undefined when it is a node's. */
export function upgradeRefusal(request: IncomingMessage, boundHost: string): string | undefined {
  if (request.url !== path) return "404 Not Found";
  if (request.method !== "GET") return "405 Method Not Allowed";
  // Only browsers send an Origin, and no browser has business here.
  if (request.headers.origin !== undefined) return "403 Forbidden";
  if (isLoopback(boundHost) && !isLoopback(hostOf(request.headers.host))) return "403 Forbidden";
  if (request.headers["sec-websocket-protocol"] !== subprotocol) return "400 Bad Request";
  return undefined;
}

/** The status of the answer to a request that asks for no upgrade. */
export function requestRefusal({ url, method }: IncomingMessage): number {
  if (url !== path) return 404;
  return method === "GET" ? 426 : 405;
}

function hostOf(header: string | undefined): string {
  if (header === undefined) return "";
  return header.startsWith("[") ? header.slice(1, header.indexOf("]")) : header.replace(/:\d*$/, "");
}

/** A page that rebinds its own name to 127.0.0.1 reaches loopback under that name; it has to be told apart. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
