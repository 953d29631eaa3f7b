import type { Log, Runtime } from "@foundation/actor";
import { formatAddress } from "@foundation/transport";
import type { DepartureReason, Member, MemberChange } from "./member.ts";
import type { Membership } from "./membership.ts";

/** Members that a line names; further ones are counted. */
const namedMax = 5;

/** Logs members that join, leave and die, one line each, with the reason. Quiet until the node has started: then it names those there are. */
export class MemberLog {
  readonly #log: Log;
  readonly #runtime: Runtime;
  readonly #membership: Membership;
  /** Since when members do not answer. */
  readonly #suspectSince = new Map<string, number>();
  #superseded: string | undefined;
  #isStarted = false;

  constructor(membership: Membership, runtime: Runtime, log: Log) {
    this.#log = log;
    this.#runtime = runtime;
    this.#membership = membership;
  }

  changed(change: MemberChange): void {
    const { kind, member } = change;
    if (kind === "memberUp") this.#joined(member);
    if (kind === "memberSuspect") this.#suspected(member.nodeId);
    if (kind === "memberTrusted") this.#trusted(member.nodeId);
    if (kind === "memberDown") this.#down(member, change.reason, change.why);
  }

  /** This node has started. */
  started(): void {
    this.#isStarted = true;
    const { self } = this.#membership;
    const others = this.#membership.members().filter(({ isSelf }) => !isSelf);
    const names = others.slice(0, namedMax).map(({ nodeId }) => nodeId);
    const more = others.length > namedMax ? [`+${others.length - namedMax}`] : [];
    this.#log.info("node started", {
      address: formatAddress(self.address),
      members: others.length + 1,
      ...(others.length === 0 ? { why: "alone so far" } : { with: [...names, ...more] }),
    });
  }

  #joined({ nodeId, address }: Member): void {
    const isRestarted = this.#superseded === nodeId;
    this.#superseded = undefined;
    if (!this.#isStarted) return;
    const event = isRestarted ? "member joined again" : "member joined";
    const why = isRestarted ? { why: "its process was restarted" } : {};
    this.#log.info(event, { member: nodeId, address: formatAddress(address), members: this.#count(), ...why });
  }

  #suspected(nodeId: string): void {
    this.#suspectSince.set(nodeId, this.#runtime.now());
    this.#log.debug("member does not answer", { member: nodeId });
  }

  #trusted(nodeId: string): void {
    const since = this.#suspectSince.get(nodeId);
    this.#suspectSince.delete(nodeId);
    const silentMs = since === undefined ? undefined : Math.round(this.#runtime.now() - since);
    this.#log.info("member answers again", { member: nodeId, afterMs: silentMs });
  }

  #down({ nodeId }: Member, reason: DepartureReason, why: string | undefined): void {
    this.#suspectSince.delete(nodeId);
    const fields = { member: nodeId, members: this.#count() };
    switch (reason) {
      case "left":
        return this.#log.info("member left", fields);
      case "dead":
        return this.#log.warn("member died", { ...fields, why });
      case "superseded":
        // Its new life follows at once.
        this.#superseded = nodeId;
        return;
      default:
        reason satisfies never;
    }
  }

  #count(): number {
    return this.#membership.size;
  }
}
