import type { Runtime } from "@foundation/actor";
import type { Refusal } from "../handshake/close-code.ts";
import type { AuditEvent } from "./audit.ts";

/** Time during which one remote host causes no second event. */
const quietMs = 60_000;
/** Remote hosts remembered; strangers beyond that are only counted until a place is free. */
const hostsMax = 1024;

/**
 * Reports what matters to security, to the log and to whoever listens. Refused connections cause at most one event a minute
 * for each remote host; the rest are counted, so that an attacker fills neither disks nor eyes.
 */
export class AuditTrail {
  readonly #runtime: Runtime;
  readonly #listener: ((event: AuditEvent) => void) | undefined;
  readonly #hosts = new Map<string, { reportedAt: number; silent: number }>();
  #refused = 0;

  constructor(runtime: Runtime, listener: ((event: AuditEvent) => void) | undefined) {
    this.#runtime = runtime;
    this.#listener = listener;
  }

  /** Refused connections so far. */
  get refused(): number {
    return this.#refused;
  }

  /** Reports something that happens rarely. */
  add(event: AuditEvent): void {
    const { kind, ...fields } = event;
    const { log } = this.#runtime;
    if (kind === "accepted") log.debug("connection accepted", fields);
    else if (kind === "refused") log.warn("connection refused", fields);
    else if (kind === "tlsReloadFailed") log.error("certificate not reloaded", fields);
    else if (kind === "tlsLoaded") log.info("certificate loaded", fields);
    else if (kind === "secretsReplaced") log.info("secrets replaced", fields);
    else log.warn("links are not encrypted", fields);
    this.#listener?.(event);
  }

  /** Reports one refused connection, unless its host had its event in this minute. */
  addRefusal(remoteHost: string, { code, reason }: Refusal, claimedId?: string): void {
    this.#refused += 1;
    const now = this.#runtime.now();
    const known = this.#hosts.get(remoteHost);
    if (known && now - known.reportedAt < quietMs) {
      known.silent += 1;
      return;
    }
    if (!known && this.#hosts.size >= hostsMax && !this.#forgetQuietHosts(now)) return;
    this.#hosts.set(remoteHost, { reportedAt: now, silent: 0 });
    this.add({ kind: "refused", remoteHost, code, reason, claimedId, notReported: known?.silent ?? 0 });
  }

  #forgetQuietHosts(now: number): boolean {
    for (const [host, { reportedAt }] of this.#hosts) if (now - reportedAt >= quietMs) this.#hosts.delete(host);
    return this.#hosts.size < hostsMax;
  }
}
