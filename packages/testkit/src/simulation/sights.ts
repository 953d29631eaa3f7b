import type { Member } from "@foundation/runtime";
import type { SimulatedRuntime } from "../world/simulated-runtime.ts";
import type { SimulatedNode, World } from "../world/world.ts";

/** What one process sees of others: which life of each, and since when it has been up without a break. */
interface Sight {
  readonly self: () => Member;
  readonly up: Map<string, { readonly incarnation: number; readonly since: number }>;
}

/** Keeps account of which processes see each other as members, by their events. */
export class Sights {
  readonly #world: World;
  readonly #sights = new Map<SimulatedRuntime, Sight>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Looks at what this process sees from now on. */
  follow({ node, runtime }: SimulatedNode): void {
    const up: Sight["up"] = new Map();
    const see = ({ nodeId, incarnation }: Member): void => {
      up.set(nodeId, { incarnation, since: this.#world.time.now });
    };
    const lose = ({ nodeId }: Member): void => void up.delete(nodeId);
    for (const member of node.members()) if (member.status === "up") see(member);
    const { events } = node.membership;
    events.on("memberUp", see).on("memberTrusted", see);
    events.on("memberSuspect", lose).on("memberLeaving", lose).on("memberDown", lose);
    this.#sights.set(runtime, { self: () => node.membership.self, up });
  }

  /**
   * How long both have seen each other without a break.
   *
   * @returns virtual milliseconds; 0 when one of them does not see the other, infinite for one and the same.
   */
  togetherMs(a: SimulatedRuntime, b: SimulatedRuntime): number {
    if (a === b) return Number.POSITIVE_INFINITY;
    return Math.min(this.#sinceMs(a, b), this.#sinceMs(b, a));
  }

  #sinceMs(from: SimulatedRuntime, to: SimulatedRuntime): number {
    const other = this.#sights.get(to)?.self();
    const sight = other === undefined ? undefined : this.#sights.get(from)?.up.get(other.nodeId);
    return sight === undefined || sight.incarnation !== other?.incarnation ? 0 : this.#world.time.now - sight.since;
  }
}
