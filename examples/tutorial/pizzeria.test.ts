// Step 8: tests on virtual time.
import { childSpec, LocalRegistry, Supervisor } from "@foundation/actor";
import { createTestSystem } from "@foundation/testkit";
import { expect, it } from "vitest";
import { rideMs } from "./courier.ts";
import { Dispatch } from "./dispatch.ts";
import { NamedOven } from "./named-oven.ts";
import { bakeMs, Oven } from "./oven.ts";

it("bakes a pizza for exactly as long as it takes", async () => {
  await using test = createTestSystem();
  const oven = test.system.spawn(Oven);
  let pizza = "";
  const baking = oven.ask.bake("Margherita").then((done) => {
    pizza = done;
  });

  await test.time.advance(bakeMs - 1);
  expect(pizza).toBe("");
  await test.time.settle(baking);
  expect(pizza).toBe("hot Margherita");
  expect(test.time.now).toBe(bakeMs);
});

it("has its oven back after a fire", async () => {
  await using test = createTestSystem({ logLevel: "silent" });
  const { system, time } = test;
  const names = new LocalRegistry(system, { keys: "unique" });
  system.spawn(Supervisor, { args: [{ children: [childSpec(NamedOven, { args: [names, "oven"] })] }] });
  const oven = names.ref<NamedOven>("oven");

  await expect(time.settle(oven.ask.bake("Hawaii"))).rejects.toThrow("on fire");
  await time.until(() => names.whereis("oven") !== undefined);
  expect(await time.settle(oven.ask.bake("Funghi"))).toBe("hot Funghi");
});

it("sends another courier when one has a flat tyre, and leaves no tracker behind", async () => {
  await using test = createTestSystem({ logLevel: "silent" });
  const dispatch = test.system.spawn(Dispatch);
  dispatch.tell.send("Funghi", true);

  await test.time.settle(dispatch.ask.allArrived());
  expect(test.time.now).toBe(1.5 * rideMs);
  expect(test.system.size).toBe(1);
});
