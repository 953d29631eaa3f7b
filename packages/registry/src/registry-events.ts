import type { ActorRef } from "@foundation/actor";

/** Who holds a name. */
export interface NameOwner {
  readonly name: string;
  readonly nodeId: string;
  /** Which life of that node. */
  readonly incarnation: number;
  readonly ref: ActorRef;
  /** Which start of a singleton this is; 0 for other names. */
  readonly epoch: number;
}

/** Changes of names, in the order in which this node learns of them. */
export interface RegistryEvents {
  registered: [owner: NameOwner];
  unregistered: [owner: NameOwner];
  /** This node knows all names of another one: for the first time, or again on a new link. */
  synced: [nodeId: string];
}

/** The names of {@link RegistryEvents}. */
export const registryEventNames: { readonly [Name in keyof RegistryEvents]: true } = {
  registered: true,
  unregistered: true,
  synced: true,
};
