// Every public method of a node and its parts that takes a name, an id or a ref gets what JavaScript hands over by mistake: it answers as
// documented, or refuses with a code, the way it reports its other errors, and changes nothing. A new method is in no table, and fails.
import {
  Actor,
  type ActorContext,
  type ActorRef,
  ActorSystem,
  childSpec,
  DynamicSupervisor,
  FoundationError,
  LocalRegistry,
  PartitionSupervisor,
  Supervisor,
  silentLog,
  systemRuntime,
  TaskSupervisor,
} from "@foundation/actor";
import { ProgramEvents } from "@foundation/actor/spi";
import type { NodeProtocol } from "@foundation/cluster";
import type { Node } from "@foundation/runtime";
import type { Link } from "@foundation/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MemoryNodes } from "./support/memory-nodes.ts";
import { oddValues } from "./support/odd-values.ts";
import { read } from "./support/pages.ts";

const odd = <T>(value: unknown): T => value as T;
const nothing = (): void => {};

class Thing extends Actor {
  own(): ActorContext {
    return this.context;
  }
}

interface World {
  readonly node: Node;
  readonly link: Link;
  readonly protocol: NodeProtocol<unknown>;
  readonly local: LocalRegistry;
  readonly thing: ActorRef<Thing>;
  readonly context: ActorContext;
  readonly supervisor: ActorRef<Supervisor>;
  readonly dynamic: ActorRef<DynamicSupervisor>;
  readonly partitions: ActorRef<PartitionSupervisor>;
  readonly tasks: ActorRef<TaskSupervisor>;
}

/** What the other node got of what was sent by the protocol. */
const received: unknown[] = [];
const nodes = new MemoryNodes();
/** Without simulated hops, so that odd values arrive as they are. */
const system = new ActorSystem({ runtime: systemRuntime({ log: silentLog }) });
let world: World;

beforeAll(async () => {
  const [node, other] = (await nodes.startAll("a", "b")) as [Node, Node];
  node.spawn(Thing, { name: "insider" });
  await node.singleton("only", Thing);
  const local = new LocalRegistry(system, { keys: "duplicate" });
  const thing = system.spawn(Thing);
  local.register("thing", thing);
  const context = await thing.ask.own();
  const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(Thing)] }] });
  const dynamic = system.spawn(DynamicSupervisor);
  await dynamic.ask.startChild(childSpec(Thing));
  const partitions = system.spawn(PartitionSupervisor, { args: [{ child: () => childSpec(Thing), partitions: 2 }] });
  const tasks = system.spawn(TaskSupervisor);
  for (const each of [supervisor, dynamic, partitions, tasks]) await system.whenStarted(each);
  const schema = { safeParse: (data: unknown) => ({ success: true, data }) as const };
  const protocol = node.membership.protocol({ name: "odd", schema, receive: nothing });
  other.membership.protocol({ name: "odd", schema, receive: (payload) => void received.push(payload) });
  const link = node.transport.link("b") as Link;
  world = { node, link, protocol, local, thing, context, supervisor, dynamic, partitions, tasks };
});
afterAll(async () => {
  await system.stop();
  await nodes[Symbol.asyncDispose]();
});

/** What no call with a wrong value may change. */
async function picture(): Promise<object> {
  const { node, link, local, context, supervisor, dynamic, partitions, tasks } = world;
  const supervisors = [supervisor, dynamic, partitions, tasks].map((each) => odd<ActorRef<Supervisor>>(each));
  return {
    names: [...node.registry.owners()].map(({ name, nodeId }) => `${name} of ${nodeId}`).sort(),
    waiting: [node.registry.parkedMessages, ...["__proto__", "5", "x"].map((name) => node.registry.isExpected(name))],
    members: node.members(),
    singletons: node.supervisor.singletons().map(({ name }) => name),
    actors: [node.system.size, system.size],
    deadLetters: [node.system.deadLetters, system.deadLetters],
    entries: local.select(() => true),
    links: [...node.transport.links()].length,
    isOpen: link.isOpen,
    received: received.length,
    refused: node.transport.stats().refusedMessages,
    incarnation: node.transport.incarnation,
    timers: context.timers.size,
    children: await Promise.all(supervisors.map((each) => each.ask.whichChildren())),
  };
}

type Call = (value: never, w: World) => unknown;

/** A parameter of a method, with what it takes of {@link oddValues}. */
interface Parameter {
  readonly call: Call;
  /** What is answered as documented, and changes nothing. */
  readonly answers: readonly string[];
  /** What is right and has its effect: it is not called with that. */
  readonly works: readonly string[];
  /** Whether its errors are rejections, and never thrown. */
  readonly isAsync: boolean;
}

const parameter = { answers: [], works: [], isAsync: false } as const;
const strings = ["the empty string", "a string of 10 MB", "__proto__", "a control character"];

/** A name that is looked up: 1 to 255 bytes without control characters. The id of a node likewise: `__proto__` is one. */
const lookup = (call: Call): Parameter => ({ ...parameter, call, answers: ["__proto__"] });
/** The same, and it does something. */
const taking = (call: Call): Parameter => ({ ...parameter, call, works: ["__proto__"] });
/** Any text: what it is not the key of has no entry, timer or channel. */
const text = (call: Call): Parameter => ({ ...parameter, call, answers: strings });
/** A ref, or a class: none of the values is one. */
const strict = (call: Call): Parameter => ({ ...parameter, call });
const except = (works: readonly string[], call: Call): Parameter => ({ ...parameter, call, works });
const rejects = (checked: Parameter): Parameter => ({ ...checked, isAsync: true });

interface Part {
  readonly of: (w: World) => object;
  /** Where its methods are marked `@internal`. */
  readonly source: string;
  readonly checked: Readonly<Record<string, Parameter | readonly Parameter[]>>;
  /** Methods without such a parameter, by what they take. */
  readonly others: Readonly<Record<string, string>>;
}

const nothingAtAll = "nothing";
const options = "options: see test/options-of-nodes.test.ts and test/options.test.ts";
const time = "a time: see the same";
/** @param ids what its children are called by, of the values: there is no child of that id. */
const supervisorMethods = (
  of: (w: World) => unknown,
  ids: readonly string[] = strings,
): Record<string, Parameter | readonly Parameter[]> => {
  const ask = (w: World): ActorRef<Supervisor>["ask"] => odd<ActorRef<Supervisor>>(of(w)).ask;
  return {
    startChild: rejects(strict((value, w) => ask(w).startChild(value))),
    terminateChild: rejects(except(ids, (value, w) => ask(w).terminateChild(value))),
    restartChild: rejects(except(ids, (value, w) => ask(w).restartChild(value))),
    deleteChild: rejects(except(ids, (value, w) => ask(w).deleteChild(value))),
  };
};
const supervisorOthers = { whichChildren: nothingAtAll, countChildren: nothingAtAll };

const parts: Readonly<Record<string, Part>> = {
  node: {
    of: ({ node }) => node,
    source: "packages/foundation/src/node.ts",
    checked: {
      actor: lookup((value, { node }) => node.actor(value)),
      send: taking((value, { node }) => node.send(value, "hello")),
      spawn: [
        strict((value, { node }) => node.spawn(value)),
        except(["undefined", "__proto__"], (value, { node }) => node.spawn(Thing, { name: value })),
      ],
      singleton: [
        rejects(taking((value, { node }) => node.singleton(value, Thing))),
        rejects(strict((value, { node }) => node.singleton("other", value))),
      ],
    },
    others: { members: nothingAtAll, tree: nothingAtAll, ready: options, stop: time },
  },
  system: {
    of: ({ node }) => node.system,
    source: "packages/actor/src/system/actor-system.ts",
    checked: {
      spawn: strict((value, { node }) => node.system.spawn(value)),
      spawnFrom: [
        except(["undefined"], (value, { node }) => node.system.spawnFrom(value, Thing)),
        strict((value, { node }) => node.system.spawnFrom(undefined, value)),
      ],
      protocolOf: strict((value, { node }) => node.system.protocolOf(value)),
      checkClass: strict((value, { node }) => node.system.checkClass(value)),
      cell: { ...parameter, call: (value, { node }) => node.system.cell(value), answers: ["5"] },
      cellOf: strict((value, { node }) => node.system.cellOf(value)),
      whenStarted: rejects(strict((value, { node }) => node.system.whenStarted(value))),
      stopActor: rejects(strict((value, { node }) => node.system.stopActor(value))),
      beforeExitSignals: except(["a function"], (value, { node }) => node.system.beforeExitSignals(value)),
    },
    others: { tree: nothingAtAll, beginStop: nothingAtAll, takeTurn: nothingAtAll, stop: time },
  },
  context: {
    of: ({ context }) => context,
    source: "packages/actor/src/actor/actor-context.ts",
    checked: {
      spawn: strict((value, { context }) => context.spawn(value)),
      monitor: strict((value, { context }) => context.monitor(value)),
      link: strict((value, { context }) => context.link(value)),
      unlink: strict((value, { context }) => context.unlink(value)),
      exit: strict((value, { context }) => context.exit(value, "normal")),
      continueWith: except(["a function"], (value, { context }) => context.continueWith(value)),
      // One without a function changes nothing, and may be left again.
      become: except(["an object", "a thenable", "what has the prototype of a ref"], (value, { context }) =>
        context.become(value),
      ),
      stop: except(["undefined"], (value, { context }) => context.stop(value)),
    },
    others: { deferReply: nothingAtAll, stash: nothingAtAll, unstash: nothingAtAll, unbecome: nothingAtAll },
  },
  timers: {
    of: ({ context }) => context.timers,
    source: "packages/actor/src/actor/actor-timers.ts",
    checked: {
      once: except(strings, (value, { context }) => context.timers.once(value, 60_000, nothing)),
      every: except(strings, (value, { context }) => context.timers.every(value, 60_000, nothing)),
      cancel: text((value, { context }) => context.timers.cancel(value)),
      has: text((value, { context }) => context.timers.has(value)),
    },
    others: { cancelAll: nothingAtAll },
  },
  ref: {
    of: ({ thing }) => thing,
    source: "packages/actor/src/message/ref.ts",
    checked: { equals: strict((value, { thing }) => thing.equals(value)) },
    others: { send: "a message", ready: nothingAtAll, with: options, toString: nothingAtAll, toJSON: nothingAtAll },
  },
  "local registry": {
    of: ({ local }) => local,
    source: "packages/actor/src/registry/local-registry.ts",
    checked: {
      register: [
        except(strings, (value, { local, thing }) => local.register(value, thing)),
        strict((value, { local }) => local.register("other", value)),
      ],
      unregister: [
        text((value, { local }) => local.unregister(value)),
        except(["undefined"], (value, { local }) => local.unregister("thing", value)),
      ],
      update: [
        text((value, { local, thing }) => local.update(value, thing, () => undefined)),
        strict((value, { local }) => local.update("thing", value, () => undefined)),
        except(["a function"], (value, { local, thing }) => local.update("thing", thing, value)),
      ],
      lookup: text((value, { local }) => local.lookup(value)),
      whereis: text((value, { local }) => local.whereis(value)),
      ref: text((value, { local }) => local.ref(value)),
      keysOf: strict((value, { local }) => local.keysOf(value)),
      select: except(["a function"], (value, { local }) => local.select(value)),
      dispatch: text((value, { local }) => local.dispatch(value, "hello")),
      listen: except(["a function"], (value, { local }) => local.listen(value)),
    },
    others: { close: nothingAtAll },
  },
  supervisor: {
    of: () => Supervisor.prototype,
    source: "packages/actor/src/supervisor/supervisor.ts",
    checked: supervisorMethods(({ supervisor }) => supervisor),
    others: supervisorOthers,
  },
  "dynamic supervisor": {
    of: () => DynamicSupervisor.prototype,
    source: "packages/actor/src/supervisor/dynamic-supervisor.ts",
    checked: (({ startChild, terminateChild }) => ({ startChild, terminateChild }))(
      supervisorMethods(({ dynamic }) => dynamic, []),
    ) as Part["checked"],
    others: supervisorOthers,
  },
  "partition supervisor": {
    of: () => PartitionSupervisor.prototype,
    source: "packages/actor/src/supervisor/partition-supervisor.ts",
    checked: {
      ...supervisorMethods(({ partitions }) => partitions),
      // Keys are any text, and finite numbers.
      partition: rejects({
        ...parameter,
        call: (value, { partitions }) => partitions.ask.partition(value),
        answers: [...strings, "5"],
      }),
    },
    others: { ...supervisorOthers, partitions: nothingAtAll },
  },
  "task supervisor": {
    of: () => TaskSupervisor.prototype,
    source: "packages/actor/src/supervisor/task-supervisor.ts",
    checked: (({ startChild, terminateChild }) => ({ startChild, terminateChild }))(
      supervisorMethods(({ tasks }) => tasks, []),
    ) as Part["checked"],
    others: supervisorOthers,
  },
  membership: {
    of: ({ node }) => node.membership,
    source: "packages/cluster/src/cluster.ts",
    checked: {
      member: lookup((value, { node }) => node.membership.member(value)),
      hasDeparted: [
        lookup((value, { node }) => node.membership.hasDeparted(value, 1)),
        { ...parameter, call: (value, { node }) => node.membership.hasDeparted("b", value), answers: ["5"] },
      ],
    },
    others: {
      members: nothingAtAll,
      start: nothingAtAll,
      leave: options,
      stop: nothingAtAll,
      ready: options,
      protocol: options,
      addPart: options,
      refKind: options,
    },
  },
  "node protocol": {
    of: ({ protocol }) => protocol,
    source: "packages/cluster/src/parts/node-protocols.ts",
    checked: {
      send: lookup((value, { protocol }) => protocol.send(value, "hello")),
      multicast: [
        lookup((value, { protocol }) => protocol.multicast([value], "hello")),
        strict((value, { protocol }) => protocol.multicast(value, "hello")),
      ],
    },
    others: { broadcast: "a payload" },
  },
  messages: {
    of: ({ node }) => node.membership.messages,
    source: "packages/cluster/src/remote/actor-messages.ts",
    checked: {
      ref: [
        strict((value, { node }) => node.membership.messages.ref(value)),
        lookup((value, { node }) => node.membership.messages.ref([value, 1, 1])),
        { ...parameter, call: (value, { node }) => node.membership.messages.ref(["b", value, 1]), answers: ["5"] },
        { ...parameter, call: (value, { node }) => node.membership.messages.ref(["b", 1, value]), answers: ["5"] },
      ],
      addressOf: strict((value, { node }) => node.membership.messages.addressOf(value)),
    },
    others: { encodedBytes: "any value", stats: nothingAtAll },
  },
  registry: {
    of: ({ node }) => node.registry,
    source: "packages/registry/src/registry.ts",
    checked: {
      register: [
        taking((value, { node }) => node.registry.register(value, node.registry.lookup("insider") as ActorRef)),
        strict((value, { node }) => node.registry.register("other", value)),
      ],
      assertFree: [
        lookup((value, { node }) => node.registry.assertFree(value)),
        except(["undefined", "5"], (value, { node }) => node.registry.assertFree("other", value)),
      ],
      unregister: lookup((value, { node }) => node.registry.unregister(value)),
      lookup: lookup((value, { node }) => node.registry.lookup(value)),
      owner: lookup((value, { node }) => node.registry.owner(value)),
      ref: lookup((value, { node }) => node.registry.ref(value)),
      reserve: taking((value, { node }) => node.registry.reserve(value)),
      release: [
        lookup((value, { node }) => node.registry.release(value)),
        except([...strings, "undefined"], (value, { node }) => node.registry.release("other", value)),
      ],
      isExpected: lookup((value, { node }) => node.registry.isExpected(value)),
      isSyncedWith: [
        strict((value, { node }) => node.registry.isSyncedWith(value)),
        lookup((value, { node }) =>
          node.registry.isSyncedWith({ ...node.membership.self, nodeId: value, incarnation: 1 }),
        ),
      ],
    },
    others: { owners: nothingAtAll, follow: options },
  },
  "distributed supervisor": {
    of: ({ node }) => node.supervisor,
    source: "packages/supervision/src/distributed-supervisor.ts",
    checked: {
      declare: strict((value, { node }) => node.supervisor.declare(value)),
      singleton: [
        rejects(taking((value, { node }) => node.supervisor.singleton(value, Thing))),
        rejects(strict((value, { node }) => node.supervisor.singleton("other", value))),
      ],
      remove: rejects(lookup((value, { node }) => node.supervisor.remove(value))),
    },
    others: { singletons: nothingAtAll, stop: nothingAtAll, leave: time },
  },
  transport: {
    of: ({ node }) => node.transport,
    source: "packages/transport/src/endpoint/endpoint.ts",
    checked: {
      link: lookup((value, { node }) => node.transport.link(value)),
      linkAt: strict((value, { node }) => node.transport.linkAt(value)),
      connect: rejects(strict((value, { node }) => node.transport.connect(value))),
      forget: lookup((value, { node }) => node.transport.forget(value)),
      messageBytesMax: text((value, { node }) => node.transport.messageBytesMax(value)),
      messageRefused: [
        taking((value, { node }) =>
          node.transport.messageRefused(value, { recipient: "r", method: "m", code: "c", reason: "r" }),
        ),
        strict((value, { node }) => node.transport.messageRefused("b", value)),
      ],
      sendLater: [
        strict((value, { node }) =>
          node.transport.sendLater(value, new Uint8Array(1), { channel: "control", route: 1 }),
        ),
        lookup((value, { node }) =>
          node.transport.sendLater({ nodeId: value, incarnation: 1 }, new Uint8Array(1), {
            channel: "control",
            route: 1,
          }),
        ),
        strict((value, { node }) =>
          node.transport.sendLater({ nodeId: "c", incarnation: 1 }, value, { channel: "control", route: 1 }),
        ),
        strict((value, { node }) =>
          node.transport.sendLater({ nodeId: "c", incarnation: 1 }, new Uint8Array(1), value),
        ),
        text((value, { node }) =>
          node.transport.sendLater({ nodeId: "c", incarnation: 1 }, new Uint8Array(1), { channel: value, route: 1 }),
        ),
      ],
      rejoin: strict((value, { node }) => node.transport.rejoin(value)),
      close: rejects(except([...strings, "undefined"], (value, { node }) => node.transport.close(value))),
    },
    others: {
      start: nothingAtAll,
      links: nothingAtAll,
      stats: nothingAtAll,
      reloadTls: nothingAtAll,
      rotateSecret: "a secret: see test/options-of-nodes.test.ts",
    },
  },
  link: {
    of: ({ link }) => link,
    source: "packages/transport/src/link/peer-link.ts",
    checked: {
      channel: text((value, { link }) => link.channel(value)),
      room: rejects(strict((value, { link }) => link.room(value))),
      send: [
        strict((value, { link }) => link.send(value, new Uint8Array(1))),
        strict((value, { link }) => link.send("control", value)),
      ],
      close: [
        strict((value, { link }) => link.close(value, "reason")),
        except(strings, (value, { link }) => link.close(1000, value)),
      ],
      watch: except(["5"], (value, { link }) => link.watch(value)),
    },
    others: {
      stats: nothingAtAll,
      ...Object.fromEntries(
        ["attach", "awaits", "begin", "fail", "leave", "openEagerChannels", "supersede"].map((name) => [
          name,
          "not of `Link`",
        ]),
      ),
    },
  },
};

/** Says in few words what was wrong with the value itself, not what there is none of. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof FoundationError) || error.message.length > 500) return false;
  return ["invalidName", "invalidOption", "unknownChannel", "badMessage"].includes(error.code);
}

const isPrototype = (value: object): boolean => Object.hasOwn(value, "constructor");

/** Public methods, inherited ones too; hooks of actors are protected. */
async function methodsOf({ of, source }: Part): Promise<string[]> {
  const text = await read(source);
  const hidden = new Set([
    "constructor",
    "self",
    ...[...text.matchAll(/@internal [^/]*\*\/\s+(?:async )?(\w+)/g)].map(([, name]) => name),
  ]);
  const found = new Set<string>();
  let owner: object | null = of(world);
  for (; owner !== null && owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) {
    // What is an object of its own has its functions itself; of an instance they are properties.
    if (owner === of(world) && Object.getPrototypeOf(owner) !== Object.prototype && !isPrototype(owner)) continue;
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner)))
      if (typeof value === "function" && !hidden.has(name) && !/^(_|on[A-Z])/.test(name)) found.add(name);
  }
  return [...found];
}

const each = Object.entries(parts).flatMap(([part, { checked }]) =>
  Object.entries(checked).flatMap(([method, parameters]) =>
    [parameters].flat().map((checkedOne, at) => [`${part}.${method}`, at + 1, checkedOne] as const),
  ),
);

describe("[X12] names, ids and refs that are none", () => {
  it.each(each)("%s(), parameter %i", async (_method, _at, { call, answers, works, isAsync }) => {
    const before = await picture();
    const wrong: string[] = [];
    for (const [what, value] of oddValues()) {
      if (works.includes(what)) continue;
      let error: unknown;
      try {
        const outcome = call(value as never, world);
        error = await Promise.resolve(isAsync || outcome instanceof Promise ? outcome : undefined).then(
          nothing,
          (why) => why,
        );
        if (!isAsync && outcome instanceof Promise && error !== undefined) wrong.push(`${what}: a rejection`);
      } catch (thrown) {
        error = thrown;
        if (isAsync) wrong.push(`${what}: thrown, no rejection`);
      }
      if (answers.includes(what)) {
        if (error !== undefined) wrong.push(`${what}: refused with ${error}`);
      } else if (!isRefusal(error)) {
        wrong.push(`${what}: ${error === undefined ? "an answer" : String(error).slice(0, 200)}`);
      }
    }
    expect(wrong, "each is refused with a code, in few words").toEqual([]);
    expect(await picture(), "nothing has changed").toEqual(before);
  });

  it.each(Object.entries(parts))("no public method of %s is in no table", async (_name, part) => {
    const known = [...Object.keys(part.checked), ...Object.keys(part.others)].sort();
    expect((await methodsOf(part)).sort(), "list it in `checked`, or in `others` with what it takes").toEqual(known);
  });

  it("[Y14] every emitter of a node refuses events that it never emits", () => {
    const emitters = ["node", "system", "membership", "registry", "transport", "distributed supervisor", "link"]
      .flatMap((name) => {
        const part = parts[name]?.of(world) as Record<string, unknown>;
        const getters = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(part));
        const names = [...Object.keys(part), ...Object.keys(getters).filter((each) => getters[each]?.get)];
        return names.map((each) => part[each]).concat(part);
      })
      .filter((value) => typeof (value as { on?: unknown } | undefined)?.on === "function");
    const { node } = world;
    expect(new Set(emitters)).toEqual(new Set([node.membership.events, node.registry.events]));
    expect(emitters.every((emitter) => emitter instanceof ProgramEvents)).toBe(true);
    expect(() => node.membership.events.on(odd("memberup"), nothing)).toThrow("did you mean memberUp?");
    expect(() => node.registry.events.once(odd("nameTaken"), nothing)).toThrow(
      "there are registered, unregistered, synced",
    );
  });
});
