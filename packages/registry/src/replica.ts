import type { Registration } from "./registration.ts";

/** One change of a replica: a name taken, or given up. */
export type Change =
  | { readonly kind: "taken"; readonly registration: Registration }
  | { readonly kind: "freed"; readonly name: string };

/** The name that a change is about. */
export function nameOf(change: Change): string {
  return change.kind === "taken" ? change.registration.name : change.name;
}

/** What decides who holds a name: the registrations of one node. */
export interface Registrations {
  readonly nodeId: string;
  /** The node's registration of `name`, if it has one. */
  find(name: string): Registration | undefined;
}

/**
 * The names that one incarnation of one node holds.
 *
 * Only that node changes it, and counts its changes; the others follow. Replicas of all nodes together are a state-based
 * CRDT: joining two copies keeps the one with the higher version, which is commutative, associative and idempotent, and
 * needs no tombstones because the writer's newest copy says what is gone.
 */
export class Replica implements Registrations {
  readonly nodeId: string;
  readonly incarnation: number;
  readonly registrations: Map<string, Registration> = new Map();
  version: number;

  constructor(nodeId: string, incarnation: number, version = 0) {
    this.nodeId = nodeId;
    this.incarnation = incarnation;
    this.version = version;
  }

  find(name: string): Registration | undefined {
    return this.registrations.get(name);
  }

  apply(change: Change): void {
    if (change.kind === "taken") this.registrations.set(change.registration.name, change.registration);
    else this.registrations.delete(change.name);
    this.version++;
  }
}
