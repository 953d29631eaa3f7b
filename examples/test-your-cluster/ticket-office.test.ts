import { TestProbe, World } from "@foundation/testkit";
import { expect, it } from "vitest";
import { buyTicket, type SeatStore, type TicketOffice, ticketOffice } from "./ticket-office.ts";

it("goes on selling when the node of the ticket office is killed", async () => {
  const sold: string[] = [];
  const store: SeatStore = { sell: async ({ purchase }) => sold.push(purchase) };
  const Office = ticketOffice(store);

  const world = new World({ seed: 42 });
  const [a, b, c] = await world.startAll("a", "b", "c");
  for (const { node } of world.nodes) await world.settle(node.singleton("ticket-office", Office));
  const host = a.node.registry.owner("ticket-office")?.nodeId ?? "nowhere";
  const buyer = host === "b" ? c.node : b.node;
  expect(await world.settle(buyTicket(buyer, { purchase: "p1", customer: "ada" }))).toBe(1);

  world.kill(host); // kill -9
  expect(await world.settle(buyTicket(buyer, { purchase: "p2", customer: "bob" }))).toBe(2);
});

it("calls again under the same purchase until it is clear what came of it", async () => {
  const world = new World({ seed: 1 });
  const [a, b] = await world.startAll("a", "b");
  const office = new TestProbe<TicketOffice>(a.node, { name: "ticket-office" });
  office.answer("buy", () => {
    office.answer("buy", async () => 7);
    throw Object.assign(new Error("too slow"), { code: "timeout" });
  });
  await world.until(() => b.node.registry.lookup("ticket-office") !== undefined);

  const order = { purchase: "p1", customer: "ada" };
  expect(await world.settle(buyTicket(b.node, order))).toBe(7);

  await world.settle(office.expectMessage({ method: "buy", args: [order] }));
  await world.settle(office.expectMessage({ method: "buy", args: [order] }));
  await world.settle(office.expectNoMessage());
});
