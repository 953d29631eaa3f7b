import type { Runtime } from "@foundation/actor";

/** How long a member that was allowed to start a name may take to say that it does. Milliseconds. */
const allowedMs = 2_000;

/** `allowed`: it asked, and was told of nobody. `starting`: it said that it starts the name. */
type Claim = { readonly kind: "allowed"; readonly until: number } | { readonly kind: "starting" };

/**
 * Who is about to start which name, as they said themselves: known here before the registry knows, which may take as long as
 * an `onStart`. A newcomer that is not linked to the starter yet learns of it from those who are.
 */
export class StartClaims {
  readonly #runtime: Runtime;
  readonly #claims = new Map<string, Map<string, Claim>>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Whether a member other than `nodeId` is about to start `name`. */
  isClaimedByAnother(name: string, nodeId: string): boolean {
    const now = this.#runtime.now();
    for (const [claimant, claim] of this.#claims.get(name) ?? [])
      if (claimant !== nodeId && (claim.kind === "starting" || now < claim.until)) return true;
    return false;
  }

  /** `nodeId` asked, and will start `name` unless somebody else objects. */
  allowed(name: string, nodeId: string): void {
    this.#set(name, nodeId, { kind: "allowed", until: this.#runtime.now() + allowedMs });
  }

  starting(name: string, nodeId: string): void {
    this.#set(name, nodeId, { kind: "starting" });
  }

  /** `nodeId` gave `name` up, or has registered it: the registry knows the rest. */
  over(name: string, nodeId: string): void {
    const claims = this.#claims.get(name);
    claims?.delete(nodeId);
    if (claims?.size === 0) this.#claims.delete(name);
  }

  /** All that `nodeId` is starting at this moment. */
  restated(nodeId: string, names: readonly string[]): void {
    this.gone(nodeId);
    for (const name of names) this.starting(name, nodeId);
  }

  /** `nodeId` will start nothing any more. */
  gone(nodeId: string): void {
    for (const name of [...this.#claims.keys()]) this.over(name, nodeId);
  }

  #set(name: string, nodeId: string, claim: Claim): void {
    let claims = this.#claims.get(name);
    if (claims === undefined) this.#claims.set(name, (claims = new Map()));
    claims.set(nodeId, claim);
  }
}
