// Step 4: a mailbox with a limit.
import { ActorSystem } from "@foundation/actor";
import { Cook } from "./cook.ts";
import { Oven } from "./oven.ts";

const system = new ActorSystem();
const cook = system.spawn(Cook, { args: [system.spawn(Oven)] });

const order = (pizza: string, ref = cook): Promise<void> =>
  ref.ask.make(pizza).then(
    (made) => console.log(made),
    (error) => console.log(`no ${pizza}: ${error.code}`),
  );

const boss = cook.with({ priority: "high" });
const orders = ["Margherita", "Funghi"].map((pizza) => order(pizza));
orders.push(order("Calzone", boss));
orders.push(order("Quattro Stagioni"), order("Marinara"));
await Promise.all(orders);

await system.stop();
