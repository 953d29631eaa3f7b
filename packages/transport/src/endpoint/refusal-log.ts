import type { Runtime } from "@foundation/actor";
import type { Refusal } from "../handshake/close-code.ts";

/** Time during which one remote host causes no second line. */
const quietMs = 60_000;
/** Remote hosts remembered; strangers beyond that are only counted until a place is free. */
const hostsMax = 1024;

/** Reports refused connections, at most one line a minute for each remote host, and counts the rest. */
export class RefusalLog {
  readonly #runtime: Runtime;
  readonly #hosts = new Map<string, { loggedAt: number; silent: number }>();
  #total = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Refused connections so far. */
  get total(): number {
    return this.#total;
  }

  /** Reports one refused connection. */
  add(remoteHost: string, { code, reason }: Refusal): void {
    this.#total += 1;
    const now = this.#runtime.now();
    const known = this.#hosts.get(remoteHost);
    if (known && now - known.loggedAt < quietMs) {
      known.silent += 1;
      return;
    }
    if (!known && this.#hosts.size >= hostsMax && !this.#forgetQuietHosts(now)) return;
    this.#hosts.set(remoteHost, { loggedAt: now, silent: 0 });
    this.#runtime.log.warn("connection refused", { remoteHost, code, reason, notLogged: known?.silent ?? 0 });
  }

  #forgetQuietHosts(now: number): boolean {
    for (const [host, { loggedAt }] of this.#hosts) if (now - loggedAt >= quietMs) this.#hosts.delete(host);
    return this.#hosts.size < hostsMax;
  }
}
