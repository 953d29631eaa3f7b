import { type Actor, type ActorClass, type ActorSystem, LocalRegistry, type SpawnOptions } from "@foundation/actor";
import { createTestSystem, World } from "@foundation/testkit";
import type { ActorRef, Node } from "foundation";

/** Where a test's actors live, and where those live who call them. Time is virtual. */
export interface Place extends AsyncDisposable {
  /** The system of the actors that {@link spawn} starts. */
  readonly host: ActorSystem;
  /** The system of those who call them: the same one, or another node's. */
  readonly caller: ActorSystem;
  readonly now: number;
  /** Starts an actor on the host. @returns its ref as callers see it. */
  spawn<A extends Actor, Args extends unknown[]>(
    actorClass: ActorClass<A, Args>,
    options?: SpawnOptions<Args>,
  ): ActorRef<A>;
  /** Enters the actor behind a ref of {@link spawn} under a name. @returns the ref by name that callers have. */
  named<A extends Actor>(ref: ActorRef<A>, name: string): Promise<ActorRef<A>>;
  /** Whether the actor behind a ref of {@link spawn} lives. */
  isAlive(ref: ActorRef<object>): boolean;
  /** Kills the actor behind a ref of {@link spawn}. */
  kill(ref: ActorRef<object>): void;
  /** Lets time pass until `promise` settles. */
  settle<T>(promise: Promise<T>): Promise<T>;
  advance(ms: number): Promise<void>;
}

/** The ref of an actor of `there` as actors of `here` see it. */
export function seenFrom<A extends Actor>(here: Node, there: Node, ref: ActorRef<A>): ActorRef<A> {
  const address = there.membership.messages.addressOf(ref as unknown as ActorRef);
  if (address === undefined) throw new RangeError(`${ref} is no actor of ${there.name}`);
  return here.membership.messages.ref(address) as unknown as ActorRef<A>;
}

function onOneNode(simulateRemote: boolean): Place {
  const test = createTestSystem({ simulateRemote, logLevel: "silent" });
  const { system, time } = test;
  const names = new LocalRegistry(system, { keys: "unique" });
  const cellOf = (ref: ActorRef<object>) => system.cellOf(ref);
  return {
    host: system,
    caller: system,
    get now() {
      return time.now;
    },
    spawn: (actorClass, options) => system.spawnFrom(undefined, actorClass, options),
    named: async (ref, name) => {
      names.register(name, ref, undefined);
      return names.ref(name);
    },
    isAlive: (ref) => cellOf(ref) !== undefined,
    kill: (ref) => cellOf(ref)?.kill(),
    settle: (promise) => time.settle(promise),
    advance: (ms) => time.advance(ms),
    [Symbol.asyncDispose]: () => test.stop(),
  };
}

/** The world that a place between two nodes is in, for its faults. */
export interface TwoNodes extends Place {
  readonly world: World;
}

/** Actors on the node `host`, callers on the node `caller`. */
export async function twoNodes(): Promise<TwoNodes> {
  const world = new World({ seed: 1 });
  const [host, caller] = await world.startAll("host", "caller");
  const cells = new Map<ActorRef<object>, number>();
  const cellOf = (ref: ActorRef<object>) => host.node.system.cell(cells.get(ref) ?? 0);
  return {
    world,
    host: host.node.system,
    caller: caller.node.system,
    get now() {
      return world.time.now;
    },
    spawn: (actorClass, options) => {
      const local = host.node.system.spawnFrom(undefined, actorClass, options);
      const ref = seenFrom(caller.node, host.node, local);
      cells.set(ref, host.node.system.cellOf(local)?.id ?? 0);
      return ref;
    },
    named: async (ref, name) => {
      const cell = cellOf(ref);
      if (cell === undefined) throw new RangeError(`${ref} has ended`);
      host.node.registry.register(name, cell.self);
      await world.until(() => caller.node.registry.lookup(name) !== undefined);
      return caller.node.registry.ref(name);
    },
    isAlive: (ref) => cellOf(ref) !== undefined,
    kill: (ref) => cellOf(ref)?.kill(),
    settle: (promise) => world.settle(promise),
    advance: (ms) => world.advance(ms),
    [Symbol.asyncDispose]: async () => {
      for (const { name } of world.nodes) await world.stop(name);
    },
  };
}

/** Where one feature is tested the same way. */
export const places: readonly [name: string, make: () => Promise<Place>][] = [
  ["on one node", async () => onOneNode(false)],
  ["on one node that simulates remote hops", async () => onOneNode(true)],
  ["between two nodes", twoNodes],
];
