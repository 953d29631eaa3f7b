// Step 2: timers, answers that come later, deadlines.
import { ActorSystem } from "@foundation/actor";
import { Oven } from "./oven.ts";

const system = new ActorSystem();
const oven = system.spawn(Oven);

const baking = [oven.ask.bake("Margherita"), oven.ask.bake("Funghi")];
console.log(`${await oven.ask.inside()} in the oven`);
console.log(await Promise.all(baking));

const inAHurry = oven.with({ timeoutMs: 20 });
await inAHurry.ask.bake("Calzone").catch(({ code }) => console.log(`no Calzone: ${code}`));

await system.stop();
