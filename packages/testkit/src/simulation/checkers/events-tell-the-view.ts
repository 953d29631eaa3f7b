import type { SimulatedNode } from "../../world/world.ts";
import type { Violations } from "./violations.ts";

/**
 * Follows the names of one node by its events alone: each name is given up by the one that had it before another one takes
 * it, and what the events tell is what lookups say.
 */
export class EventsTellTheView {
  readonly #owners = new Map<string, string>();
  readonly #wrong: Violations = [];
  readonly #node: SimulatedNode;

  constructor(node: SimulatedNode) {
    this.#node = node;
    const { events } = node.node.registry;
    for (const owner of node.node.registry.owners()) this.#owners.set(owner.name, owner.nodeId);
    events.on("registered", ({ name, nodeId }) => {
      const before = this.#owners.get(name);
      if (before !== undefined) this.#wrong.push(`${node.name}: ${name} went to ${nodeId} while ${before} had it`);
      this.#owners.set(name, nodeId);
    });
    events.on("unregistered", ({ name, nodeId }) => {
      const before = this.#owners.get(name);
      if (before !== nodeId) this.#wrong.push(`${node.name}: ${nodeId} gave up ${name}, which ${before} had`);
      this.#owners.delete(name);
    });
  }

  check(): Violations {
    const { name, node } = this.#node;
    const told = [...this.#owners].map(([each, nodeId]) => `${each}@${nodeId}`);
    const seen = [...node.registry.owners()].map((owner) => `${owner.name}@${owner.nodeId}`);
    const isSame = told.sort().join(" ") === seen.sort().join(" ");
    return isSame
      ? this.#wrong.slice(0, 5)
      : [...this.#wrong.slice(0, 5), `${name}: events tell [${told}], lookups say [${seen}]`];
  }
}
