import { expect, it } from "vitest";
import { Actor, ActorSystem, childSpec, createLog, Supervisor, systemRuntime } from "../index.ts";

class Shop extends Actor {
  sell(): never {
    throw new RangeError("sold out");
  }
}

/** As decorators and mixins do. */
function wrapped(): typeof Shop {
  return class extends Shop {};
}

/** Classes whose `name` is none, as a program may have them without asking for it. */
const classes: [string, typeof Shop, string][] = [
  ["a class without a name", wrapped(), "anonymous Shop"],
  ["one that extends such a class", ((Base) => class extends Base {})(wrapped()), "anonymous Shop"],
  ["a static method `name`", Object.defineProperty(wrapped(), "name", { value: () => "x" }), "anonymous Shop"],
  ["a symbol", Object.defineProperty(wrapped(), "name", { value: Symbol("name") }), "anonymous Shop"],
  ["an accessor", Object.defineProperty(wrapped(), "name", { get: () => "Kiosk" }), "Kiosk"],
  [
    "an accessor that throws",
    Object.defineProperty(wrapped(), "name", {
      get: () => {
        throw new Error("no name");
      },
    }),
    "anonymous Shop",
  ],
];

it.each(classes)("[X21] is in logs, errors and child specs: %s", async (_what, OddShop, name) => {
  const lines: string[] = [];
  const log = createLog(({ event, fields }) => void lines.push(`${event}: ${fields.child ?? fields.actor}`));
  await using system = new ActorSystem({ runtime: systemRuntime({ log }) });
  const shop = system.spawn(OddShop);
  await expect(shop.ask.sell()).rejects.toThrow("sold out");
  await expect(shop.ask.sell()).rejects.toThrow(`${name} local/1 has ended (RangeError: sold out)`);
  const supervisor = system.spawn(Supervisor, { args: [{ children: [childSpec(OddShop)] }] });
  const [child] = await supervisor.ask.whichChildren();
  expect(child).toMatchObject({ id: name, className: name });
  child?.ref?.recipient.tell("sell", [], undefined);
  await expect.poll(() => lines).toEqual([`actor crashed: ${name}`, `child ended: ${name}`]);
});
