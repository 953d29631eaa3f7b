import { Actor } from "foundation";
import { checkEpochsRise, checkNamesEqual, checkNobodyDied, checkOneCopy, checkViewsEqual } from "./checkers.ts";
import { harmlessFaults, splittingFaults } from "./fault-plan.ts";
import { Ledger } from "./ledger.ts";
import type { Scenario } from "./scenario.ts";

/**
 * Singletons: after healing all nodes see each other and agree on every name, and each singleton lives exactly once.
 * Without a split, every start has a higher epoch than all before it; after stalls and broken links alone, nobody was
 * declared dead.
 */
export const singletonsScenario: Scenario = {
  name: "singletons",
  create(world, random) {
    const names = Array.from({ length: random.integer(1, 8) }, (_, index) => `singleton-${index}`);
    const ledger = new Ledger(world);
    const Singleton = trackedBy(ledger);
    return {
      // As a program does: whatever node comes up asks for the singletons, whether or not they run already.
      boot: async (name) => {
        const started = await world.start(name, { actors: [Singleton] });
        for (const each of names) void started.node.singleton(each, Singleton, { args: [each] }).catch(() => {});
        return started;
      },
      begin: async () => {
        await world.until(() => names.every((name) => world.nodes[0]?.node.registry.owner(name) !== undefined));
      },
      check: () => [...checkViewsEqual(world), ...checkNamesEqual(world), ...checkOneCopy(world, ledger, names)],
      conclude: (kinds) => {
        const isSplit = [...kinds].some((kind) => splittingFaults.has(kind));
        const isHarmless = [...kinds].every((kind) => harmlessFaults.has(kind));
        return [...(isSplit ? [] : checkEpochsRise(ledger)), ...(isHarmless ? checkNobodyDied(world) : [])];
      },
    };
  },
};

/** A class whose actors report their starts and stops. A class of its own in each world, as in separate programs. */
function trackedBy(ledger: Ledger) {
  return class Singleton extends Actor {
    #stopped: () => void = () => {};
    readonly #name: string;

    constructor(name: string) {
      super();
      this.#name = name;
    }

    protected override onStart(): void {
      this.#stopped = ledger.started(this.#name, this.context.epoch ?? 0, this.context.system.name);
    }

    protected override onStop(): void {
      this.#stopped();
    }
  };
}
