// Types that users see through inference. Checked by the compiler alone (npm run check).
import { type Actor, type ActorRef, type ExitReason, Foundation } from "@foundation/runtime";
import { expectTypeOf } from "vitest";
import {
  createTestSystem,
  type ProbeCall,
  type ProbeMessage,
  type ProbePlainMessage,
  type SimulatedNode,
  TestProbe,
  World,
} from "./index.ts";

interface Payments extends Actor {
  charge(cents: number, card?: string): { accepted: boolean };
  history(): Promise<string[]>;
}

const { system, time } = createTestSystem();
const probe = new TestProbe<Payments>(system);

expectTypeOf(probe.ref).toEqualTypeOf<ActorRef<Payments>>();
const call = await time.settle(probe.expectMessage({ method: "charge" }));
expectTypeOf(call).toEqualTypeOf<ProbeCall<Payments, "charge">>();
expectTypeOf(call.args).toEqualTypeOf<Parameters<Payments["charge"]>>();
expectTypeOf(await probe.expectMessage({ message: 1 })).toEqualTypeOf<ProbePlainMessage>();
expectTypeOf(await probe.expectMessage()).toEqualTypeOf<ProbeMessage<Payments>>();
await probe.expectMessage(undefined, { timeoutMs: 5 });
await probe.expectMessage((message) => message.kind === "call" && message.method === "charge" && message.args[0] > 5);
// @ts-expect-error no such method
await probe.expectMessage({ method: "refund" });
// @ts-expect-error not its arguments
await probe.expectMessage({ method: "charge", args: ["5"] });

probe.answer("charge", (cents, card) => ({ accepted: cents > 0 && card === "visa" }));
probe.answer("charge", async () => ({ accepted: true }));
probe.answer("history", () => ["paid"]);
// @ts-expect-error not its result
probe.answer("charge", () => ({ declined: true }));
probe.ignore({ method: "history" }).ignore({ message: "tick" });
expectTypeOf(await probe.expectDown(probe.ref)).toEqualTypeOf<ExitReason>();

const loose = createTestSystem().probe();
loose.answer("anything", (value) => value);
const { args } = await loose.expectMessage({ method: "anything" });
expectTypeOf(args).toEqualTypeOf<unknown[]>();

new TestProbe<Payments>(await Foundation.start(), { name: "payments" });

const world = new World({ seed: 1 });
expectTypeOf(await world.startAll("a", "b")).toEqualTypeOf<readonly [SimulatedNode, SimulatedNode]>();
const names: string[] = [];
expectTypeOf(await world.startAll(...names)).toEqualTypeOf<SimulatedNode[]>();
