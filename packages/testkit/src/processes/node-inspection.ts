import type { Node } from "@foundation/runtime";
import type { Link } from "@foundation/transport";

/** Entries of each list, at most. */
const entriesMax = 20;

/** What a node process says of its node, for diagnoses. Lists are cut. */
export interface NodeInspection {
  readonly members: readonly { readonly nodeId: string; readonly status: string }[];
  readonly names: number;
  readonly owners: readonly { readonly name: string; readonly nodeId: string; readonly epoch: number }[];
  /** Channels with bytes that the network has not taken yet. */
  readonly queues: readonly { readonly to: string; readonly channel: string; readonly queuedBytes: number }[];
  /** Named actors of this node with messages that wait. */
  readonly mailboxes: readonly { readonly name: string; readonly length: number }[];
  readonly actors: number;
  readonly deadLetters: number;
}

export function inspectNode(node: Node): NodeInspection {
  const owners = [...node.registry.owners()];
  return {
    members: node.members().map(({ nodeId, status }) => ({ nodeId, status })),
    names: owners.length,
    owners: owners.slice(0, entriesMax).map(({ name, nodeId, epoch }) => ({ name, nodeId, epoch })),
    queues: [...node.transport.links()].flatMap(queuesOf).slice(0, entriesMax),
    mailboxes: owners
      .filter(({ nodeId }) => nodeId === node.name)
      .map(({ name }) => ({ name, length: mailboxLength(node, name) }))
      .filter(({ length }) => length > 0)
      .slice(0, entriesMax),
    actors: node.system.size,
    deadLetters: node.system.deadLetters,
  };
}

function queuesOf(link: Link): { to: string; channel: string; queuedBytes: number }[] {
  return Object.entries(link.stats().channels)
    .filter(([, { queuedBytes }]) => queuedBytes > 0)
    .map(([channel, { queuedBytes }]) => ({ to: link.peer.nodeId, channel, queuedBytes }));
}

function mailboxLength(node: Node, name: string): number {
  const ref = node.registry.lookup(name);
  return (ref && node.system.cellOf(ref)?.mailboxLength) ?? 0;
}
