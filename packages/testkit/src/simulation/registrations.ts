import type { SimulatedNode, World } from "../world/world.ts";
import type { Checks } from "./checkers/checks.ts";
import type { Violations } from "./checkers/violations.ts";

/** One name that one actor was given, and that nobody has taken back yet. */
export interface Tenure {
  readonly name: string;
  readonly node: string;
  /** Whether it still holds: it was not given up, its actor has not ended, its process lives. */
  isHeld(): boolean;
  /** It was given up, or its actor has ended. */
  end(): void;
}

/** Keeps account of names from outside the system under test: who was given which, and has not lost it. */
export class Registrations {
  readonly #world: World;
  readonly #checks: Checks;
  readonly #tenures = new Map<string, Tenure[]>();

  constructor(world: World, checks: Checks) {
    this.#world = world;
    this.#checks = checks;
  }

  /** A registration was acknowledged to its writer. */
  acknowledged(name: string, { name: node, runtime }: SimulatedNode): Tenure {
    let isOver = false;
    const tenure: Tenure = {
      name,
      node,
      isHeld: () => !isOver && runtime.state !== "dead",
      end: () => {
        isOver = true;
      },
    };
    const held = (this.#tenures.get(name) ?? []).filter((each) => each.isHeld());
    this.#tenures.set(name, [...held, tenure]);
    return tenure;
  }

  /** Every name that was given and not lost has one holder, which all nodes know; no other name has any. */
  check(): Violations {
    return [...this.#tenures].flatMap(([name, tenures]) => {
      const held = tenures.filter((each) => each.isHeld()).map(({ node }) => node);
      const twice = this.#checks.compare(
        "registrations",
        held.length <= 1,
        () => `${name} is held by ${held.length} actors, on ${held.join(" ")}`,
      );
      if (twice.length > 0) return twice;
      return this.#world.nodes.flatMap(({ name: at, node }) => {
        const seen = node.registry.owner(name)?.nodeId;
        return this.#checks.compare(
          "registrations",
          seen === held[0],
          () => `${at} looks for ${name} at ${seen}, it is held at ${held[0]}`,
        );
      });
    });
  }
}
