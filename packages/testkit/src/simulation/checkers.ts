import type { World } from "../world/world.ts";
import type { Ledger } from "./ledger.ts";

/** What each checker found wrong, in words; empty when its promise held. */
export type Violations = string[];

/** Every node sees every node, and all are up. */
export function checkViewsEqual(world: World): Violations {
  const expected = world.nodes
    .map(({ name }) => `${name}:up`)
    .sort()
    .join(" ");
  return world.nodes.flatMap(({ name, node }) => {
    const seen = node
      .members()
      .map((member) => `${member.nodeId}:${member.status}`)
      .join(" ");
    return seen === expected ? [] : [`${name} sees members [${seen}], not [${expected}]`];
  });
}

/** All nodes agree on who holds each name. */
export function checkNamesEqual(world: World): Violations {
  const views = world.nodes.map(({ name, node }) => {
    const owners = [...node.registry.owners()].map((owner) => `${owner.name}@${owner.nodeId}#${owner.epoch}`);
    return { name, owners: owners.sort().join(" ") };
  });
  return views
    .filter((view) => view.owners !== views[0]?.owners)
    .map((view) => `${view.name} sees names [${view.owners}], ${views[0]?.name} sees [${views[0]?.owners}]`);
}

/** Each singleton has exactly one living copy, and it is the one that the names lead to. */
export function checkOneCopy(world: World, ledger: Ledger, names: readonly string[]): Violations {
  return names.flatMap((name) => {
    const alive = ledger.alive(name).map((life) => `${life.node}#${life.epoch}`);
    if (alive.length !== 1) return [`${name} has ${alive.length} living copies [${alive.join(" ")}]`];
    return world.nodes.flatMap(({ name: at, node }) => {
      const owner = node.registry.owner(name);
      const seen = owner && `${owner.nodeId}#${owner.epoch}`;
      return seen === alive[0] ? [] : [`${at} looks for ${name} at ${seen}, it lives at ${alive[0]}`];
    });
  });
}

/** Without a split, no epoch of a name is used twice and each start has a higher one than those before. */
export function checkEpochsRise(ledger: Ledger): Violations {
  const last = new Map<string, number>();
  return ledger.lives.flatMap(({ name, epoch, node }) => {
    const before = last.get(name) ?? 0;
    last.set(name, Math.max(before, epoch));
    return epoch > before ? [] : [`${name} started on ${node} with epoch ${epoch} after ${before}`];
  });
}

/** Nobody was declared dead: for runs in which everybody lived and could be heard. */
export function checkNobodyDied(world: World): Violations {
  return world.deaths.map(({ at, by, of }) => `${by} declared ${of} dead at ${at.toFixed(0)} ms, and it lived`);
}

/** After everything was stopped, nothing is left behind. */
export function checkNothingLeaks(
  world: World,
  stopped: readonly { readonly name: string; readonly runtime: { readonly timers: number } }[],
): Violations {
  const timers = stopped.flatMap(({ name, runtime }) =>
    runtime.timers === 0 ? [] : [`${name} left ${runtime.timers} timers`],
  );
  const connections = world.network.openConnections;
  return connections === 0 ? timers : [...timers, `${connections} ends of connections are open`];
}
