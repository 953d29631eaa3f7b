import type { ActorCounters } from "../actor/actor-inbox.ts";
import type { ActorState } from "../actor/actor-signals.ts";

/** One actor and those that it has spawned. */
export interface ActorTreeNode {
  readonly id: number;
  readonly className: string;
  readonly state: ActorState;
  readonly counters: ActorCounters;
  readonly children: readonly ActorTreeNode[];
}

/** All actors of a system. An actor whose parent has ended stands directly below its guardian. */
export interface ActorTree {
  readonly name: string;
  /** Actors of the program. */
  readonly user: readonly ActorTreeNode[];
  /** Actors of the runtime itself. */
  readonly system: readonly ActorTreeNode[];
}

/** What has to be known of an actor. */
interface TreeActor<Cell> {
  readonly id: number;
  /** The actor that spawned it, while it lives itself. */
  readonly parent: Cell | undefined;
  readonly state: ActorState;
  readonly counters: ActorCounters;
  readonly protocol: { readonly className: string };
}

/** Arranges `cells` by who spawned whom, in order of their start. */
export function actorTree<Cell extends TreeActor<Cell>>(
  name: string,
  cells: Iterable<Cell>,
  isSystem: (cell: Cell) => boolean,
): ActorTree {
  const nodes = new Map<Cell, ActorTreeNode & { readonly children: ActorTreeNode[] }>();
  const tree = { name, user: [] as ActorTreeNode[], system: [] as ActorTreeNode[] };
  for (const cell of cells) {
    const { id, state, counters, protocol } = cell;
    nodes.set(cell, { id, className: protocol.className, state, counters, children: [] });
  }
  for (const [cell, node] of nodes) {
    const parent = cell.parent && nodes.get(cell.parent);
    (parent?.children ?? (isSystem(cell) ? tree.system : tree.user)).push(node);
  }
  return tree;
}
