// Slow: all sequences of deeds in a small scope.
import type { Strategy } from "@foundation/actor";
import { describe, expect, it } from "vitest";
import { type Deed, type DeedKind, type Scope, sequencesOf, WaitingModel } from "./waiting-model.ts";
import { runSequences } from "./waiting-run.ts";

// A small scope, all of it: each sequence of deeds to a supervisor whose children wait, compared with a model.

/** @param withBackoff the ids of those children of a, b and c that have a back-off. */
function scope(strategy: Strategy, withBackoff: string, deeds: Pick<Scope, "kinds" | "length">): Scope {
  const children = ["a", "b", "c"].map((id) => ({ id, hasBackoff: withBackoff.includes(id) }));
  return { strategy, children, ...deeds };
}

/** By where time passes in them, so that many share one clock. */
function groupsOf(sequences: readonly (readonly Deed[])[]): readonly (readonly (readonly Deed[])[])[] {
  const pattern = (deeds: readonly Deed[]): string => deeds.map((deed) => (deed === "time" ? "t" : "d")).join("");
  return [...Map.groupBy(sequences, pattern).values()];
}

/** Does all sequences, and fails with the first one that goes otherwise than in the model. @returns how many. */
async function compare(given: Scope): Promise<number> {
  const { strategy, children } = given;
  const sequences = sequencesOf(given);
  for (const group of groupsOf(sequences)) {
    const found = await runSequences(given, group);
    for (const [at, deeds] of group.entries()) {
      const { lines } = WaitingModel.after(strategy, children, deeds);
      if (lines.join("\n") === found[at]?.join("\n")) continue;
      expect(found[at], `${strategy}: ${deeds.join(", ")}`).toEqual(lines);
    }
  }
  return sequences.length;
}

describe.each<Strategy>(["oneForOne", "oneForAll", "restForOne"])(
  "[Y12] what is done to children of a %s supervisor while some wait for their restart goes as in the model",
  (strategy) => {
    // Where children have nothing to do with each other, fewer deeds show all there is.
    const length = strategy === "oneForOne" ? 4 : 5;

    it(`crashes and calls: all sequences of ${length}`, async () => {
      const kinds: readonly DeedKind[] = ["crash", "terminate", "delete", "restart"];
      expect(await compare(scope(strategy, "abc", { kinds, length }))).toBeGreaterThan(1_000);
    }, 120_000);

    it.each(["abc", "b"])("starts that fail, of which %j have a back-off: all sequences of 4", async (ids) => {
      const kinds: readonly DeedKind[] = ["crash", "fail", "terminate", "restart"];
      expect(await compare(scope(strategy, ids, { kinds, length: 4 }))).toBeGreaterThan(1_000);
    });

    it("children that are added: all sequences of 4", async () => {
      const kinds: readonly DeedKind[] = ["crash", "terminate", "add"];
      expect(await compare(scope(strategy, "abc", { kinds, length: 4 }))).toBeGreaterThan(1_000);
    });
  },
);
