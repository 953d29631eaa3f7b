import type { Log, LogFields, Runtime } from "@foundation/actor";
import { callGuarded, RepeatedEvents, StormLog } from "@foundation/actor/spi";
import { closeCode, type Refusal } from "../handshake/close-code.ts";
import { networkOf } from "../remote-network.ts";
import type { AuditEvent, MessageRefusal } from "./audit.ts";
import type { CertificateIdentity } from "./certificate-identity.ts";

/** Members whose offences are counted one by one; those of others are part of the totals only. */
const membersMax = 4096;

/** What one member did that it should not have, since the start. */
export interface PeerOffences {
  /** Messages that were not handled. */
  readonly refusedMessages: number;
  /** Links that ended because of bytes which mean nothing. */
  readonly malformedLinks: number;
}

/** A connection that was refused, as far as it is known. */
interface RefusedConnection {
  readonly remoteHost: string;
  /** The node id that it claimed, when it got that far. */
  readonly claimedId?: string | undefined;
  /** Whether this side had dialed. Default `false`. */
  readonly initiatedHere?: boolean;
}

/**
 * Reports what matters to security, to the log and to whoever listens. What others can cause as often as they like is reported
 * at most once a minute for each of them; the rest is counted, so that an attacker fills neither disks nor eyes.
 */
export class AuditTrail {
  readonly #log: Log;
  readonly #storms: StormLog;
  readonly #listener: ((event: AuditEvent) => void) | undefined;
  /** By host; see {@link networkOf}. */
  readonly #refusals: RepeatedEvents;
  /** By member, apart from hosts: strangers must not use up the places of members. */
  readonly #offences: RepeatedEvents;
  readonly #byMember = new Map<string, { refusedMessages: number; malformedLinks: number }>();
  #refusedConnections = 0;
  #refusedMessages = 0;
  #malformedLinks = 0;

  constructor(runtime: Pick<Runtime, "log" | "now">, listener: ((event: AuditEvent) => void) | undefined) {
    const now = (): number => runtime.now();
    this.#log = runtime.log;
    this.#storms = new StormLog(runtime.log, now);
    this.#listener = listener;
    this.#refusals = new RepeatedEvents(now);
    this.#offences = new RepeatedEvents(now);
  }

  /** Counts since the start. */
  get totals(): { readonly refusedConnections: number } & PeerOffences {
    return {
      refusedConnections: this.#refusedConnections,
      refusedMessages: this.#refusedMessages,
      malformedLinks: this.#malformedLinks,
    };
  }

  /** What each member did that it should not have; those that did nothing are absent. */
  get offences(): Record<string, PeerOffences> {
    // By entries: a node may be called __proto__.
    return Object.fromEntries([...this.#byMember].map(([nodeId, counts]) => [nodeId, { ...counts }]));
  }

  /** Reports something that happens rarely. */
  add(event: AuditEvent): void {
    this.#write(event);
    // Peers set this off from within their frames: what a listener throws must not be theirs.
    const listener = this.#listener;
    if (listener === undefined) return;
    callGuarded(this.#storms, { event: `audit ${event.kind}`, listener }, () => listener(event));
  }

  /** Reports one refused connection, unless its host had its event in this minute. */
  addRefusal({ code, reason }: Refusal, { remoteHost, claimedId, initiatedHere = false }: RefusedConnection): void {
    this.#refusedConnections += 1;
    // Apart from each other: what ends in order, or breaks, must not use up the line of what was refused.
    const notReported = this.#refusals.admit(`${networkOf(remoteHost)} ${mannerOf(code)}`);
    if (notReported === undefined) return;
    this.add({ kind: "refused", remoteHost, code, reason, claimedId, initiatedHere, notReported });
  }

  /** Reports a message of a member that was not handled, unless there was one with this code in this minute. */
  addMessageRefusal(nodeId: string, refusal: MessageRefusal): void {
    this.#refusedMessages += 1;
    const counts = this.#countsOf(nodeId);
    if (counts) counts.refusedMessages += 1;
    const notReported = this.#offences.admit(`${nodeId} ${refusal.code}`);
    if (notReported !== undefined) this.add({ kind: "messageRefused", nodeId, ...refusal, notReported });
  }

  /** Reports a link that ended because the member's bytes mean nothing, unless one of its links did so in this minute. */
  addMalformed(nodeId: string, reason: string): void {
    this.#malformedLinks += 1;
    const counts = this.#countsOf(nodeId);
    if (counts) counts.malformedLinks += 1;
    const notReported = this.#offences.admit(nodeId);
    if (notReported !== undefined) this.add({ kind: "malformed", nodeId, reason, notReported });
  }

  #countsOf(nodeId: string): { refusedMessages: number; malformedLinks: number } | undefined {
    const known = this.#byMember.get(nodeId);
    if (known !== undefined || this.#byMember.size >= membersMax) return known;
    const counts = { refusedMessages: 0, malformedLinks: 0 };
    this.#byMember.set(nodeId, counts);
    return counts;
  }

  #write(event: AuditEvent): void {
    const [level, text] = lineOf(event);
    this.#log[level](text, fieldsOf(event));
  }
}

/** Codes that no peer has sent: the connection broke, or was closed without a word or by a program that goes away. */
const codesOfLoss: ReadonlySet<number> = new Set([1001, 1005, 1006]);

/**
 * How a connection ended before it belonged to a link. `orderly`: the other side changed its mind, mostly because it stops, and there
 * is nothing to do about it. `lost`: its process was killed, or the network failed, and nothing was refused.
 */
function mannerOf(code: number): "refused" | "orderly" | "lost" {
  if (code === closeCode.normal || code === closeCode.goodbye) return "orderly";
  return codesOfLoss.has(code) ? "lost" : "refused";
}

function lineOf(event: AuditEvent): Line {
  const manner = event.kind === "refused" ? mannerOf(event.code) : "refused";
  if (event.kind !== "refused" || manner === "refused") return lines[event.kind];
  if (manner === "orderly") return ["debug", lines.refused[1]];
  // What has not even said who it is may be a probe of a load balancer, that comes every few seconds.
  return [event.claimedId === undefined ? "debug" : "info", "connection lost during its handshake"];
}

function fieldsOf(event: AuditEvent): LogFields {
  if (event.kind === "refused") return refusalFields(event);
  if (event.kind === "tlsLoaded") return certificateFields(event.certificate);
  const { kind: _, ...fields } = event;
  return fields;
}

/** One line: the listener of audit events has all of it. */
function certificateFields({ uris, dnsNames, subject, validTo }: CertificateIdentity): LogFields {
  const names = [...uris, ...dnsNames];
  return { for: names.length > 0 ? names.join(",") : subject, validTo: new Date(validTo).toISOString() };
}

/** In the words of a reader: who came, and what to do. */
function refusalFields(event: Extract<AuditEvent, { kind: "refused" }>): LogFields {
  const { remoteHost, claimedId, code, reason, notReported } = event;
  return {
    from: remoteHost,
    ...(claimedId === undefined ? {} : { peer: claimedId }),
    ...(mannerOf(code) === "lost" ? {} : { code }),
    ...(notReported > 0 ? { more: notReported } : {}),
    why: reason,
    advice: code === closeCode.unauthenticated ? "if it belongs here, give it the same secret" : undefined,
  };
}

type Line = readonly [level: "debug" | "info" | "warn" | "error", text: string];

/** How each kind looks in the log. */
const lines: Readonly<Record<AuditEvent["kind"], Line>> = {
  accepted: ["debug", "connection accepted"],
  refused: ["warn", "connection refused"],
  messageRefused: ["warn", "message refused"],
  malformed: ["warn", "link closed: malformed bytes"],
  secretsReplaced: ["info", "secrets replaced"],
  tlsLoaded: ["info", "certificate loaded"],
  tlsReloadFailed: ["error", "certificate not reloaded"],
  insecureStart: ["warn", "links are not encrypted"],
};
