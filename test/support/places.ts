import {
  type Actor,
  type ActorCell,
  type ActorClass,
  type ActorSystem,
  LocalRegistry,
  type SpawnOptions,
} from "@foundation/actor";
import type { ActorRef, Node } from "@foundation/runtime";
import { createTestSystem, World } from "@foundation/testkit";

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
  /** Starts an actor on the caller's node. */
  spawnHere<A extends Actor, Args extends unknown[]>(
    actorClass: ActorClass<A, Args>,
    options?: SpawnOptions<Args>,
  ): ActorRef<A>;
  /** Enters the actor behind a ref of {@link spawn} under a name. @returns the ref by name that callers have. */
  named<A extends Actor>(ref: ActorRef<A>, name: string): Promise<ActorRef<A>>;
  /** The cell behind a ref of {@link spawn} or {@link spawnHere}, also when it has ended. */
  cell(ref: ActorRef<object>): ActorCell;
  /** Lets time pass until `promise` settles. */
  settle<T>(promise: Promise<T>): Promise<T>;
  /** Lets time pass until `promise` is rejected. @returns with what. */
  failure(promise: Promise<unknown>): Promise<unknown>;
  advance(ms: number): Promise<void>;
}

/** The ref of an actor of `there` as actors of `here` see it. */
function seenFrom<A extends Actor>(here: Node, there: Node, ref: ActorRef<A>): ActorRef<A> {
  const address = there.membership.messages.addressOf(ref as unknown as ActorRef);
  if (address === undefined) throw new RangeError(`${ref} is no actor of ${there.name}`);
  return here.membership.messages.ref(address) as unknown as ActorRef<A>;
}

/** The cells of a test's actors. */
class Cells {
  readonly #cells = new Map<ActorRef<object>, ActorCell>();

  /** Starts an actor. @param see makes of its ref what callers have. */
  spawn<A extends Actor, Args extends unknown[]>(
    system: ActorSystem,
    [actorClass, options]: [ActorClass<A, Args>, (SpawnOptions<Args> | undefined)?],
    see: (ref: ActorRef<A>) => ActorRef<A> = (ref) => ref,
  ): ActorRef<A> {
    const local = system.spawnFrom(undefined, actorClass, options);
    const ref = see(local);
    this.#cells.set(ref, local.recipient as ActorCell);
    return ref;
  }

  readonly of = (ref: ActorRef<object>): ActorCell => {
    const cell = this.#cells.get(ref);
    if (cell === undefined) throw new RangeError(`${ref} was not started by this place`);
    return cell;
  };
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const [result] = await Promise.allSettled([promise]);
  if (result.status === "rejected") return result.reason;
  throw new TypeError(`no failure, but ${JSON.stringify(result.value)}`);
}

function onOneNode(simulateRemote: boolean): Place {
  const test = createTestSystem({ simulateRemote, logLevel: "silent" });
  const { system, time } = test;
  const names = new LocalRegistry(system, { keys: "unique" });
  const cells = new Cells();
  return {
    host: system,
    caller: system,
    get now() {
      return time.now;
    },
    spawn: (...what) => cells.spawn(system, what),
    spawnHere: (...what) => cells.spawn(system, what),
    named: async (ref, name) => {
      names.register(name, ref, undefined);
      return names.ref(name);
    },
    cell: cells.of,
    settle: (promise) => time.settle(promise),
    failure: (promise) => time.settle(failureOf(promise)),
    advance: (ms) => time.advance(ms),
    [Symbol.asyncDispose]: () => test.stop(),
  };
}

/** The world that a place between two nodes is in, for its faults. */
interface TwoNodes extends Place {
  readonly world: World;
}

/** Actors on the node `host`, callers on the node `caller`. */
export async function twoNodes(): Promise<TwoNodes> {
  const world = new World({ seed: 1 });
  const [host, caller] = await world.startAll("host", "caller");
  const cells = new Cells();
  return {
    world,
    host: host.node.system,
    caller: caller.node.system,
    get now() {
      return world.time.now;
    },
    spawn: (...what) => cells.spawn(host.node.system, what, (ref) => seenFrom(caller.node, host.node, ref)),
    spawnHere: (...what) => cells.spawn(caller.node.system, what),
    named: async (ref, name) => {
      host.node.registry.register(name, cells.of(ref).self);
      await world.until(() => caller.node.registry.lookup(name) !== undefined);
      return caller.node.registry.ref(name);
    },
    cell: cells.of,
    settle: (promise) => world.settle(promise),
    failure: (promise) => world.settle(failureOf(promise)),
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
