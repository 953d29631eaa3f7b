import { createTestSystem } from "@foundation/testkit";
import { expect, it } from "vitest";
import { holdMs, type Mailer, SeatHold } from "./ticket-office.ts";

it("gives the seat away when nobody has paid for a quarter of an hour", async () => {
  await using test = createTestSystem();
  const mailer = test.probe<Mailer>();
  const hold = test.system.spawn(SeatHold, { args: ["ada", mailer.ref] });
  mailer.watch(hold);

  await test.time.advance(holdMs - 1);
  expect(mailer.pending).toEqual([]);
  await test.time.advance(1);

  await test.time.settle(mailer.expectMessage({ method: "send", args: ["ada", "your seat was given away"] }));
  await test.time.settle(mailer.expectDown(hold, { shutdown: "expired" }));
});

it("keeps the seat of a customer who pays, and says no more about it", async () => {
  await using test = createTestSystem();
  const mailer = test.probe<Mailer>();
  const hold = test.system.spawn(SeatHold, { args: ["ada", mailer.ref] });

  hold.tell.pay();

  await test.time.settle(mailer.expectMessage({ method: "send" }));
  await test.time.settle(mailer.expectNoMessage({ duringMs: 2 * holdMs }));
});
