import { Actor } from "@foundation/runtime";
import { World } from "@foundation/testkit";
import { expect, it } from "vitest";

class Inbox extends Actor {
  static readonly heard: unknown[] = [];
  take(what: string): void {
    Inbox.heard.push(what);
  }
  protected override receive(what: unknown): void {
    Inbox.heard.push(what);
  }
}

it("[V4] what is said on a reliable channel while the link is gone arrives with the next one, once and in order", async () => {
  const world = new World({ seed: 5 });
  const channels = [
    { name: "control", priority: 0 },
    { name: "orders", priority: 1, kind: "reliable" as const },
    { name: "news", priority: 2 },
  ];
  for (const name of ["a", "b"]) await world.start(name, { channels });
  const [a, b] = [world.get("a").node, world.get("b").node];
  b.spawn(Inbox, { name: "inbox" });
  await world.until(() => a.registry.lookup("inbox") !== undefined);
  const inbox = a.registry.lookup<Inbox>("inbox");
  if (inbox === undefined) throw new Error("it was there");
  inbox.with({ channel: "orders" }).tell.take("before");
  await world.advance(100);
  world.cut("a", "b");
  world.partition(["a"], ["b"]);
  await world.until(() => a.transport.link("b") === undefined, 1_000);
  inbox.with({ channel: "orders" }).tell.take("first");
  inbox.with({ channel: "orders" }).send("second");
  inbox.with({ channel: "orders" }).tell.take("third");
  // Other channels, and messages without one, promise nothing.
  inbox.with({ channel: "news" }).tell.take("lost");
  inbox.tell.take("lost");
  world.heal();
  await world.until(() => a.transport.link("b") !== undefined, 10_000);
  inbox.with({ channel: "orders" }).tell.take("after");
  await world.until(() => Inbox.heard.includes("after"), 10_000);
  expect(Inbox.heard).toEqual(["before", "first", "second", "third", "after"]);
});
