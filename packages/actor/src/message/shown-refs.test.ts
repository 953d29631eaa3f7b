import { inspect } from "node:util";
import { expect, it } from "vitest";
import { Actor, ActorSystem } from "../index.ts";

class Quiet extends Actor {}

it("a ref is printed by its name, also inside of other values", async () => {
  const system = new ActorSystem({ name: "here" });
  const ref = system.spawn(Quiet);
  expect(inspect(ref)).toBe("ActorRef(here/1)");
  expect(JSON.stringify({ to: ref })).toBe('{"to":"ActorRef(here/1)"}');
  expect(inspect({ to: [ref.with({ timeoutMs: 5 })] })).toBe("{ to: [ ActorRef(here/1) ] }");
  await system.stop();
});
