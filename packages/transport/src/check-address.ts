import { type OptionRule, OptionTable, optionRule, shown } from "@foundation/actor/spi";
import { isNodeId } from "./handshake/hello.ts";
import { refuseOption } from "./refuse-option.ts";
import type { DialOptions } from "./transport.ts";

const { milliseconds, objectWith, required, rule, wholeNumber } = optionRule;

const parts: Readonly<Record<"host" | "port", OptionRule>> = {
  host: rule(
    "a host name or an address, of 1 to 255 characters",
    (value) => typeof value === "string" && value.length > 0 && value.length <= 255,
  ),
  port: wholeNumber({ min: 0, max: 65_535 }),
};

const dialTable = new OptionTable<DialOptions>(
  "dial()",
  { timeoutMs: required(milliseconds()), signal: objectWith("an AbortSignal", "addEventListener") },
  refuseOption,
);

/**
 * Refuses what is no `PeerAddress`. It may have other properties, as what discovery finds has.
 *
 * @throws TransportError `invalidOption`.
 */
export function checkAddress(what: string, address: unknown): void {
  if (typeof address !== "object" || address === null)
    throw refuseOption(`${what}: the address is ${shown(address)}; allowed: an object with host and port`);
  for (const [name, { allowed, fits }] of Object.entries(parts)) {
    const value = readOf(address, name);
    if (!fits(value)) throw refuseOption(`${what}: ${name} is ${shown(value)}; allowed: ${allowed}`);
  }
}

/** A proxy of the program's may refuse to be read: it has nothing then. */
export function readOf(from: object, name: string): unknown {
  try {
    return Reflect.get(from, name);
  } catch {
    return undefined;
  }
}

/** Refuses what no node can have as its id. @throws TransportError `invalidOption`. */
export function checkNodeId(what: string, nodeId: unknown): void {
  if (isNodeId(nodeId)) return;
  throw refuseOption(`${what}: the node's id is ${shown(nodeId)}; allowed: 1 to 128 of A-Z a-z 0-9 . _ -`);
}

/** Refuses what is no text, and so no name of a channel. @throws TransportError `invalidOption`. */
export function checkChannelName(what: string, name: unknown): void {
  if (typeof name !== "string") throw refuseOption(`${what}: the channel is ${shown(name)}; allowed: a string`);
}

/** Refuses what `Transport.listen` cannot be given. @throws TransportError `invalidOption`. */
export function checkListen(address: unknown, ...callbacks: readonly unknown[]): void {
  checkAddress("listen()", address);
  const wrong = callbacks.find((each) => typeof each !== "function");
  if (wrong !== undefined || callbacks.includes(undefined))
    throw refuseOption(`listen(): a callback is ${shown(wrong)}; allowed: a function`);
}

/** Refuses what `Transport.dial` cannot be given. @throws TransportError `invalidOption`. */
export function checkDial(address: unknown, options: unknown): void {
  checkAddress("dial()", address);
  dialTable.check(options);
}
