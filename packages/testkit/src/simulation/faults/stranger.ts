import type { FaultKind } from "./fault.ts";

/** Somebody from outside opens a connection, as health checks and port scanners do: says nothing, or nonsense, and hangs up. */
export const stranger: FaultKind = {
  name: "stranger",
  effect: "none",
  draw: ({ random, nodes }) => {
    const node = random.pick(nodes);
    const nonsense = random.bytes(random.chance(0.5) ? 0 : random.integer(1, 300));
    const staysMs = Math.round(random.spread(1, 10_000));
    return {
      kind: "stranger",
      details: { node, bytes: nonsense.length, staysMs },
      cause: ({ world }) => {
        const hangUp = world.knock(node, nonsense);
        world.time.schedule(staysMs, hangUp);
      },
    };
  },
};
