import type {
  Actor,
  ActorClass,
  ActorRef,
  ActorSystem,
  ActorTree,
  RefOf,
  SpawnArguments,
  SpawnOptions,
} from "@foundation/actor";
import {
  actorSystemRule,
  checkValue,
  counted,
  inspectAs,
  OptionTable,
  optionRule,
  runOutside,
} from "@foundation/actor/spi";
import { type Cluster, ClusterError, type Member } from "@foundation/cluster";
import type { Registry } from "@foundation/registry";
import type { DistributedSupervisor, SingletonArguments } from "@foundation/supervision";
import type { Endpoint } from "@foundation/transport";
import type { Cookie } from "./cookie.ts";

/** The time that each step of a stop may take. */
const stopMsRule = optionRule.either(optionRule.milliseconds({ min: 0 }), optionRule.infinite);

/** The parts a {@link Node} is made of. */
export interface NodeParts {
  readonly system: ActorSystem;
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly supervisor: DistributedSupervisor;
  /** Where the secret comes from, when that is the user's file. */
  readonly cookie: Cookie | undefined;
}

const { objectWith, required } = optionRule;

const partsTable = new OptionTable<NodeParts>("Node", {
  system: actorSystemRule,
  cluster: required(objectWith("a Cluster", "members", "leave", "stop")),
  registry: required(objectWith("a Registry", "register", "ref")),
  supervisor: required(objectWith("a DistributedSupervisor", "singleton", "leave")),
  cookie: objectWith("a cookie", "stop"),
});

/** Settings of {@link Node.spawn}. */
export type NodeSpawnArguments<Args extends unknown[]> = [] extends Args
  ? [options?: SpawnOptions<Args> & { readonly name?: string }]
  : [options: SpawnOptions<Args> & { readonly args: Args; readonly name?: string }];

/**
 * One node of a cluster: a thin layer over its parts, each of which can be used directly.
 *
 * Made by `Foundation.start`.
 */
export class Node implements AsyncDisposable {
  /** The actors of this node. */
  readonly system: ActorSystem;
  /** Membership: who is here, events, protocols between nodes. */
  readonly membership: Cluster;
  /** Names that are unique in the cluster. */
  readonly registry: Registry;
  /** Singletons. */
  readonly supervisor: DistributedSupervisor;
  readonly #cookie: Cookie | undefined;
  #stopping: Promise<void> | undefined;
  #hasStopped = false;

  /** @throws ActorError `invalidOption`, `twoCopies`. */
  constructor(parts: NodeParts) {
    partsTable.check(parts);
    const { system, cluster, registry, supervisor, cookie } = parts;
    this.system = system;
    this.membership = cluster;
    this.registry = registry;
    this.supervisor = supervisor;
    this.#cookie = cookie;
  }

  /** This node's id. */
  get name(): string {
    return this.system.name;
  }

  /** The links to other nodes. */
  get transport(): Endpoint {
    return this.membership.endpoint;
  }

  /** The members this node knows, itself included. Stands for `membership.members()`. @throws ClusterError `stopped`. */
  members(): Member[] {
    return this.membership.members();
  }

  /**
   * Resolves when at least `size` members are up. Stands for `membership.ready()`.
   *
   * @throws ClusterError `notReady` after `timeoutMs` (default 10 000) milliseconds; `stopped`.
   */
  ready(options: { readonly size: number; readonly timeoutMs?: number }): Promise<void> {
    return this.membership.ready(options);
  }

  /**
   * Starts an actor on this node, with a cluster-wide name when one is given.
   *
   * Stands for `system.spawn` and `registry.register`; use a supervisor to have it restarted.
   *
   * @throws ActorError `startFailed`, `invalidOption`; RegistryError `alreadyRegistered`, `reservedName`, `invalidName`;
   * ClusterError `stopped`: the actor was not started then.
   */
  spawn<A extends Actor, Args extends unknown[], P = unknown>(
    actorClass: ActorClass<A, Args> & { readonly protocol?: P },
    ...[options]: NodeSpawnArguments<Args>
  ): RefOf<A, NoInfer<P>> {
    this.#assertNotStopped();
    const { name, ...spawnOptions } = options ?? {};
    if (name !== undefined) this.registry.assertFree(name);
    const ref = this.system.spawn<A, Args, P>(actorClass, ...([spawnOptions] as unknown as SpawnArguments<Args>));
    // One whose onStart has failed already needs no name: its ref says `noproc`.
    if (name !== undefined && this.system.cellOf(ref) !== undefined) this.registry.register(name, ref);
    return ref;
  }

  /**
   * Makes sure that exactly one actor of this class runs in the cluster under `name`, supervised, and returns a ref that
   * follows it from node to node. Stands for `supervisor.singleton()`, which lists the errors.
   */
  singleton<A extends Actor, Args extends unknown[], P = unknown>(
    name: string,
    actorClass: ActorClass<A, Args> & { readonly protocol?: P },
    ...options: SingletonArguments<Args>
  ): Promise<RefOf<A, NoInfer<P>>> {
    return this.supervisor.singleton<A, Args, P>(name, actorClass, ...options);
  }

  /**
   * A ref that reaches whoever has `name` when a message is sent. Stands for `registry.ref()`.
   *
   * @throws RegistryError `invalidName`, `stopped`.
   */
  actor<A extends object = Actor>(name: string): ActorRef<A> {
    return this.registry.ref<A>(name);
  }

  /** The actors of this node, by who spawned whom, with what their mailboxes have seen. Stands for `system.tree()`. @throws ClusterError `stopped`. */
  tree(): ActorTree {
    this.#assertNotStopped();
    return this.system.tree();
  }

  /** Sends a plain message to `receive` of whoever has `name`. Stands for `registry.ref(name).send(message)`. @throws RegistryError `stopped`. */
  send(name: string, message: unknown): void {
    this.registry.ref(name).send(message);
  }

  /**
   * Leaves the cluster in order: takes no new work, hands its singletons over, stops its actors, says goodbye. Idempotent.
   * Afterwards no timer, handle or listener of it is left, and every other method answers `stopped`.
   *
   * In a handler or hook of an actor it begins to stop, and does not wait, as `system.stop()`.
   *
   * @param timeoutMs milliseconds each of these steps may take, and each actor; the actors together twice as many. Default 5 000.
   * @throws ActorError `askSelf`.
   */
  stop(timeoutMs = 5_000): Promise<void> {
    const stopped = this.#stopOnce(timeoutMs);
    return this.system.refusalToWait() ?? stopped;
  }

  async #stopOnce(timeoutMs: number): Promise<void> {
    checkValue("the time to stop", timeoutMs, stopMsRule);
    // Not as the work of the actor that calls it, which ends meanwhile.
    this.#stopping ??= runOutside(() => this.#stop(timeoutMs));
    await this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(timeoutMs: number): Promise<void> {
    this.system.beginStop(timeoutMs);
    const steps = [
      () => this.membership.leave({ timeoutMs }),
      () => this.system.stop(timeoutMs),
      // Before the endpoint, which takes no other cookie then.
      async () => this.#cookie?.stop(),
      () => this.membership.stop(),
    ];
    const failures: unknown[] = [];
    // What one step fails with must not keep the next ones from giving up what they hold.
    for (const step of steps) await step().catch((error: unknown) => failures.push(error));
    this.#hasStopped = true;
    if (failures.length > 0) throw failures[0];
  }

  #assertNotStopped(): void {
    if (this.#hasStopped) throw new ClusterError("stopped", `node ${this.name} has stopped; start another one`);
  }
}

inspectAs(Node, (node) => {
  const others = node.membership.view.members().filter(({ isSelf, status }) => !isSelf && status === "up").length;
  return `Node(${node.name}, ${counted(node.system.size, "actor")}, ${others === 0 ? "alone" : `with ${counted(others, "other node")}`})`;
});
