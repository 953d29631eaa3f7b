import type { Runtime } from "@foundation/actor";
import { specsMax } from "./spec-table.ts";

/** How long a member that was allowed to start a name may take to say that it does. Milliseconds. */
const allowedMs = 2_000;

/** Names that one member may claim at a time: as many as there can be singletons. */
export const claimsPerMemberMax: number = specsMax;

/** `allowed`: it asked, and was told of nobody. `starting`: it said that it starts the name. */
interface Claim {
  readonly kind: "allowed" | "starting";
  readonly until: number;
}

/**
 * Which members are about to start which names, as they said themselves: known here before the registry knows, which may take as long as
 * an `onStart`. A newcomer that is not linked to the starter yet learns of it from those who are.
 */
export class StartClaims {
  readonly #runtime: Pick<Runtime, "now">;
  readonly #byName = new Map<string, Map<string, Claim>>();
  readonly #byNode = new Map<string, Set<string>>();

  constructor(runtime: Pick<Runtime, "now">) {
    this.#runtime = runtime;
  }

  /** A member other than `nodeId` that is about to start `name`. */
  claimant(name: string, nodeId?: string): string | undefined {
    const now = this.#runtime.now();
    for (const [claimant, { until }] of this.#byName.get(name) ?? [])
      if (claimant !== nodeId && now < until) return claimant;
    return undefined;
  }

  /** A member that has said that it starts `name`, and not how that went on. */
  starter(name: string): string | undefined {
    const now = this.#runtime.now();
    for (const [starter, { kind, until }] of this.#byName.get(name) ?? [])
      if (kind === "starting" && now < until) return starter;
    return undefined;
  }

  /** `nodeId` asked, and will start `name` unless somebody else objects. */
  allowed(name: string, nodeId: string): void {
    // What it says of itself holds longer than what it asks.
    if (this.#byName.get(name)?.get(nodeId)?.kind !== "starting") this.#set(name, nodeId, "allowed", allowedMs);
  }

  /**
   * `nodeId` starts `name`.
   *
   * @param withinMs milliseconds until it has the name or has given up.
   * @returns false where it claims too many already: this claim is not remembered.
   */
  starting(name: string, nodeId: string, withinMs: number): boolean {
    return this.#set(name, nodeId, "starting", withinMs);
  }

  /** `nodeId` gave `name` up, or has registered it: the registry knows the rest. */
  over(name: string, nodeId: string): void {
    const claims = this.#byName.get(name);
    if (claims?.delete(nodeId) !== true) return;
    if (claims.size === 0) this.#byName.delete(name);
    const names = this.#byNode.get(nodeId);
    names?.delete(name);
    if (names?.size === 0) this.#byNode.delete(nodeId);
  }

  /** `nodeId` will start nothing any more. @returns the names that it had claimed. */
  gone(nodeId: string): string[] {
    const names = [...(this.#byNode.get(nodeId) ?? [])];
    for (const name of names) this.over(name, nodeId);
    return names;
  }

  /** `nodeId` says anew what it starts. What it was allowed holds: it has that answer, and asks no second time. @returns the names that it had claimed. */
  linkedAnew(nodeId: string): string[] {
    const names = [...(this.#byNode.get(nodeId) ?? [])].filter(
      (name) => this.#byName.get(name)?.get(nodeId)?.kind === "starting",
    );
    for (const name of names) this.over(name, nodeId);
    return names;
  }

  #set(name: string, nodeId: string, kind: Claim["kind"], withinMs: number): boolean {
    const known = this.#byNode.get(nodeId);
    if (known !== undefined && known.size >= claimsPerMemberMax && !known.has(name)) return false;
    let claims = this.#byName.get(name);
    if (claims === undefined) this.#byName.set(name, (claims = new Map()));
    claims.set(nodeId, { kind, until: this.#runtime.now() + withinMs });
    let names = this.#byNode.get(nodeId);
    if (names === undefined) this.#byNode.set(nodeId, (names = new Set()));
    names.add(name);
    return true;
  }
}
