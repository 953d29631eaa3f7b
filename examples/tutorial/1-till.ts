// Step 1: an actor, told and asked.
import { ActorSystem } from "@foundation/actor";
import { Till } from "./till.ts";

const system = new ActorSystem();
const till = system.spawn(Till);

till.tell.sell(900); // wants no answer, and does not wait
console.log(`order ${await till.ask.sell(1_200)}`);

try {
  await till.ask.sell(0);
} catch (error) {
  console.log(`refused: ${(error as Error).message}`);
}

console.log(`${await till.ask.total()} cents in the till`);

await system.stop();
