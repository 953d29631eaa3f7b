import { checkValue, optionRule } from "@foundation/actor/spi";
import type { SeededRandom } from "../world/seeded-random.ts";
import type { SimulatedNode, World } from "../world/world.ts";

/** Nodes whose programs keep the pace that was asked for; those of larger clusters work more slowly, so that all do as much. */
const nodesAtPace = 5;

/** What the programs of all nodes do over and over, with random pauses, until the trial rests. */
export class Work {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #gapMsMax: number;
  #isOver = false;

  /** @param gapMsMax virtual milliseconds between two steps of one program, at most. */
  constructor(world: World, random: SeededRandom, gapMsMax: number) {
    checkValue("the gap between two steps", gapMsMax, optionRule.milliseconds({ min: 0 }));
    this.#world = world;
    this.#random = random;
    this.#gapMsMax = gapMsMax;
  }

  /** Has `step` called again and again in this node's process, until it leaves, dies or the work ends. */
  repeat({ node, runtime }: SimulatedNode, step: () => void): void {
    const next = (): void => {
      if (this.#isOver || node.membership.self.status === "leaving") return;
      step();
      runtime.setTimer(this.#pauseMs(), next);
    };
    runtime.setTimer(this.#pauseMs(), next);
  }

  #pauseMs(): number {
    return this.#random.between(0, this.#gapMsMax * Math.max(1, this.#world.nodes.length / nodesAtPace));
  }

  /** Ends all of it. */
  end(): void {
    this.#isOver = true;
  }
}

/** Ends that an ask may have besides an answer. */
const outcomes: ReadonlySet<unknown> = new Set(["noproc", "nodedown", "timeout", "overloaded"]);

/** Whether `error` is one of the documented ends of an ask that got no answer. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && outcomes.has((error as { code?: unknown }).code);
}

/**
 * Repeats `attempt` until it succeeds, for at most `limitMs` virtual milliseconds.
 *
 * @returns what it failed with last, or undefined when it succeeded.
 */
export async function eventually(
  world: World,
  attempt: () => Promise<unknown>,
  limitMs: number,
): Promise<string | undefined> {
  const end = world.time.now + limitMs;
  for (;;) {
    const outcome = await world.settle(
      attempt().then(
        () => undefined,
        (error: unknown) => String(error),
      ),
    );
    if (outcome === undefined || world.time.now >= end) return outcome;
    await world.advance(100);
  }
}
