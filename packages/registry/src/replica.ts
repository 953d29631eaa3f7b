import type { Registration } from "./registration.ts";

/** One change of a replica: a name taken, or given up. */
export type Change =
  | { readonly kind: "taken"; readonly registration: Registration }
  | { readonly kind: "freed"; readonly name: string };

/**
 * The names that one incarnation of one node holds.
 *
 * Only that node changes it, and counts its changes; the others follow. Replicas of all nodes together are a state-based
 * CRDT: joining two copies keeps the one with the higher version, which is commutative, associative and idempotent, and
 * needs no tombstones because the writer's newest copy says what is gone.
 */
export class Replica {
  readonly nodeId: string;
  readonly incarnation: number;
  readonly registrations: Map<string, Registration> = new Map();
  version: number;

  constructor(nodeId: string, incarnation: number, version = 0) {
    this.nodeId = nodeId;
    this.incarnation = incarnation;
    this.version = version;
  }

  /** The same names, held by a newer incarnation of the node. */
  renewed(incarnation: number): Replica {
    const renewed = new Replica(this.nodeId, incarnation, this.version);
    for (const [name, registration] of this.registrations) renewed.registrations.set(name, registration);
    return renewed;
  }

  apply(change: Change): void {
    if (change.kind === "taken") this.registrations.set(change.registration.name, change.registration);
    else this.registrations.delete(change.name);
    this.version++;
  }
}
