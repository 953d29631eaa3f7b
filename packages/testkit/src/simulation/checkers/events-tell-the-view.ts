import type { SimulatedNode } from "../../world/world.ts";
import type { Checks } from "./checks.ts";
import type { Violations } from "./violations.ts";

const check = "eventsTellTheView";

/**
 * Follows the names of one node by its events alone: each name is given up by the one that had it before another one takes
 * it, and what the events tell is what lookups say.
 */
export class EventsTellTheView {
  readonly #owners = new Map<string, string>();
  readonly #wrong: Violations = [];
  readonly #node: SimulatedNode;
  readonly #checks: Checks;

  constructor(node: SimulatedNode, checks: Checks) {
    this.#node = node;
    this.#checks = checks;
    const { events } = node.node.registry;
    for (const owner of node.node.registry.owners()) this.#owners.set(owner.name, owner.nodeId);
    events.on("registered", ({ name, nodeId }) => {
      const before = this.#owners.get(name);
      this.#compare(before === undefined, () => `${name} went to ${nodeId} while ${before} had it`);
      this.#owners.set(name, nodeId);
    });
    events.on("unregistered", ({ name, nodeId }) => {
      const before = this.#owners.get(name);
      this.#compare(before === nodeId, () => `${nodeId} gave up ${name}, which ${before} had`);
      this.#owners.delete(name);
    });
  }

  check(): Violations {
    const { name, node } = this.#node;
    const told = [...this.#owners].map(([each, nodeId]) => `${each}@${nodeId}`).sort();
    const seen = [...node.registry.owners()].map((owner) => `${owner.name}@${owner.nodeId}`).sort();
    const isSame = told.join(" ") === seen.join(" ");
    const now = this.#checks.compare(check, isSame, () => `${name}: events tell [${told}], lookups say [${seen}]`);
    return [...this.#wrong.slice(0, 5), ...now];
  }

  #compare(holds: boolean, what: () => string): void {
    this.#wrong.push(...this.#checks.compare(check, holds, () => `${this.#node.name}: ${what()}`));
  }
}
