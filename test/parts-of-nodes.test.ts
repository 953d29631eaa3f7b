import { Actor } from "@foundation/runtime";
import { type SimulatedNode, World } from "@foundation/testkit";
import { beforeEach, describe, expect, it } from "vitest";

class Thing extends Actor {}

describe("a part that was added to a node", () => {
  let world: World;
  let heard: string[];
  const [a, b] = ["a", "b"];

  beforeEach(() => {
    world = new World({ seed: 14 });
    heard = [];
  });

  /** A node that tells what its last part and its program hear, and what they see then. */
  const listeningNode = async (): Promise<SimulatedNode> => {
    const started = await world.start(a);
    const { membership, registry } = started.node;
    const seen = (): string => {
      const status = membership.member(b)?.status ?? "gone";
      return `b is ${status}, x is ${registry.owner("x") === undefined ? "free" : "taken"}`;
    };
    membership.addPart({
      name: "last",
      memberUp: ({ nodeId }) => void heard.push(`part: ${nodeId} up`),
      memberLinked: ({ nodeId }) => void heard.push(`part: ${nodeId} linked`),
      memberChanged: ({ nodeId, status }) => void heard.push(`part: ${nodeId} ${status}`),
      memberDown: ({ nodeId }, reason) => void heard.push(`part: ${nodeId} ${reason}; ${seen()}`),
      leave: async () => void heard.push(`part: leave; ${started.node.supervisor.singletons().length} singletons`),
      stop: () => void heard.push("part: stop"),
    });
    registry.events.on("registered", ({ name }) => heard.push(`program: ${name} taken`));
    registry.events.on("unregistered", ({ name }) => heard.push(`program: ${name} free; ${seen()}`));
    membership.events.on("memberUp", ({ nodeId }) => heard.push(`program: ${nodeId} up`));
    membership.events.on("memberLinked", ({ nodeId }) => heard.push(`program: ${nodeId} linked`));
    membership.events.on("memberSuspect", ({ nodeId }) => heard.push(`program: ${nodeId} suspect`));
    membership.events.on("memberDown", ({ nodeId }, reason) => heard.push(`program: ${nodeId} ${reason}`));
    return started;
  };

  it("hears of a death when its names are free, and the program of both when all parts know", async () => {
    const { node } = await listeningNode();
    const other = await world.start(b);
    other.node.spawn(Thing, { name: "x" });
    await world.until(() => node.registry.owner("x") !== undefined);
    expect(heard.splice(0)).toEqual([
      "part: b up",
      "program: b up",
      "part: b linked",
      "program: b linked",
      "program: x taken",
    ]);
    world.kill(b);
    await world.until(() => node.membership.member(b) === undefined);
    expect(heard).toEqual([
      "part: b suspect",
      "program: b suspect",
      "part: b dead; b is gone, x is free",
      "program: x free; b is gone, x is free",
      "program: b dead",
    ]);
  });

  it("leaves before the parts that it is built on, and stops before them", async () => {
    const { node } = await listeningNode();
    await world.settle(node.singleton("one", Thing));
    heard.length = 0;
    await world.settle(node.stop());
    expect(heard).toEqual([
      `part: ${"a"} leaving`,
      "part: leave; 1 singletons",
      "program: one free; b is gone, x is free",
      "part: stop",
    ]);
  });
});
