import { describe, expect, it } from "vitest";
import { NameIndex } from "./name-index.ts";
import { type Claim, isName, winnerOf } from "./registration.ts";
import { Replica } from "./replica.ts";

/** Numbers below `bound`, the same for the same seed (mulberry32). */
function seeded(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

const claim = (nodeId: string, epoch: number, wallMs: number): Claim => ({
  nodeId,
  registration: { name: "x", actorId: 1, epoch, stamp: [wallMs, 0] },
});

describe("the winner of a name", () => {
  it.each([
    ["the higher epoch, however late", claim("b", 2, 900), claim("a", 1, 100)],
    ["the earlier stamp at the same epoch", claim("b", 1, 100), claim("a", 1, 101)],
    ["the smaller node id at the same moment", claim("a", 1, 100), claim("b", 1, 100)],
  ])("is %s", (_rule, winner, loser) => {
    expect(winnerOf(winner, loser)).toBe(winner);
    expect(winnerOf(loser, winner)).toBe(winner);
  });

  it("[R8] [R11] is the same whatever order the claims are heard in, clocks skewed by an hour included", () => {
    for (let seed = 1; seed <= 2_000; seed++) {
      const below = seeded(seed);
      const claims = Array.from({ length: 2 + below(5) }, (_, index) =>
        claim(`n${index}`, below(3), 1_000_000 + below(2) * 3_600_000 + below(3)),
      );
      const replicas = claims.map(({ nodeId, registration }) => {
        const replica = new Replica(nodeId, 1);
        replica.apply({ kind: "taken", registration });
        return replica;
      });
      const owners = [0, 1, 2].map(() => {
        const index = new NameIndex();
        const order = replicas.map((replica) => ({ replica, at: below(1_000) })).sort((a, b) => a.at - b.at);
        const others: Replica[] = [];
        const own = new Replica("self", 1);
        for (const { replica } of order) {
          others.push(replica);
          index.settle("x", { own, others });
        }
        return index.get("x")?.nodeId;
      });
      expect(new Set(owners), `seed ${seed}`).toHaveLength(1);
    }
  });
});

describe("a name", () => {
  it.each([
    ["counter", true],
    ["user/1:ü 😀", true],
    ["x".repeat(255), true],
    ["", false],
    ["x".repeat(256), false],
    ["ü".repeat(128), false],
    ["a\nb", false],
    ["a\0b", false],
  ])("[B27] %j: allowed %s", (name, isAllowed) => {
    expect(isName(name)).toBe(isAllowed);
  });
});
