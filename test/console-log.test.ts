import { inspect } from "node:util";
import { Actor, ActorSystem, childSpec, LocalRegistry, Node, Supervisor } from "@foundation/runtime";
import { createTestSystem, World } from "@foundation/testkit";
import { afterEach, describe, expect, it } from "vitest";

class Greeter extends Actor {
  own(): string {
    return inspect(this.context);
  }
}

/** Whatever may come after it in a console. */
const lineCharactersMax = 120;

describe("console.log of what programs hold in their hands is one line: of", () => {
  const world = new World({ seed: 11 });
  afterEach(async () => {
    for (const { name } of world.nodes) await world.stop(name);
  });

  it("[X21] a node and its parts, alone, in company, and after its end", async () => {
    const { node } = await world.start("a");
    const ref = node.spawn(Greeter, { name: "greeter" });
    expect(inspect(node)).toMatch(/^Node\(a, 1 actor, alone\)$/);
    await world.start("b");
    await world.until(() => node.members().length === 2);
    expect(inspect(node)).toBe("Node(a, 1 actor, with 1 other node)");
    expect(inspect(node.system)).toBe("ActorSystem(a, 1 actor)");
    expect(inspect(node.membership)).toMatch(/^Cluster\(.+, a of 2 members\)$/);
    expect(inspect(node.registry)).toBe("Registry(1 name)");
    expect(inspect(node.transport)).toMatch(/^Endpoint\(.+:\d+\)$/);
    expect(inspect(node.membership.events)).toMatch(/^ProgramEvents\(\d+ listeners\)$/);
    expect(inspect(node.system.cellOf(ref))).toMatch(/^ActorCell\(Greeter a\/\d+\)$/);
    const held = { node, ref, list: [node.system] };
    expect(inspect(held)).toMatch(
      /^\{\s+node: Node\(.+\),\s+ref: ActorRef\(a\/\d+\),\s+list: \[ ActorSystem\(.+\) \]\s+\}$/,
    );
    for (const part of [node, node.system, node.membership, node.registry, node.supervisor, node.transport]) {
      expect(inspect(part, { depth: 10 }).length).toBeLessThan(lineCharactersMax);
    }
    await world.stop("a");
    for (const part of [node, node.system, node.membership, node.registry, node.supervisor, node.transport]) {
      expect(inspect(part, { depth: 10 }).length).toBeLessThan(lineCharactersMax);
    }
  });

  it("[X21] a context, a local registry, and the classes themselves", async () => {
    await using test = createTestSystem();
    const ref = test.system.spawn(Greeter);
    expect(await test.time.settle(ref.ask.own())).toBe(`ActorContext(${ref.recipient.label})`);
    const names = new LocalRegistry(test.system, { keys: "unique" });
    names.register("one", ref);
    expect(inspect(names)).toBe("LocalRegistry(1 entry)");
    for (const of of [Node, ActorSystem, LocalRegistry]) {
      expect(inspect(of)).toBe(`[class ${of.name}]`);
      expect(inspect(Object.create(of.prototype))).toBe(`[${of.name}]`);
    }
    const supervisor = test.system.spawn(Supervisor, { args: [{ children: [childSpec(Greeter)] }] });
    expect(inspect(supervisor)).toBe(`ActorRef(${supervisor.recipient.label})`);
  });
});

describe("an error says what to do, of", () => {
  const world = new World({ seed: 12 });
  afterEach(async () => {
    for (const { name } of world.nodes) await world.stop(name);
  });

  class Full extends Actor {
    static readonly mailbox = { capacity: 1, overflow: "reject" } as const;
    work(): void {}
  }

  it("[Y20] a full mailbox, a name that is taken, a child that is none, members that do not come", async () => {
    const { node } = await world.start("a");
    const ref = node.spawn(Full, { name: "full" });
    ref.tell.work();
    expect(() => ref.tell.work()).toThrow(
      /^Full a\/\d+ has 1 message waiting, all it takes; work\(\) was handed back; await ref\.ready\(\) first$/,
    );
    expect(() => node.spawn(Full, { name: "full" })).toThrow(
      /^"full" belongs to ActorRef.*; ask that, or choose another name$/,
    );
    await expect(world.settle(node.singleton("full", Full))).rejects.toThrow(/is no singleton; choose another name$/);
    const supervisor = node.spawn(Supervisor, { args: [{ children: [] }] });
    await expect(world.settle(supervisor.ask.terminateChild("one"))).rejects.toThrow(
      'this supervisor has no child "one"; whichChildren() lists them',
    );
    await expect(world.settle(node.ready({ size: 3, timeoutMs: 10 }))).rejects.toThrow(
      "3 members were wanted within 10 ms; there is a (up); start the others, or look in the log for peers that cannot be linked",
    );
  });
});
