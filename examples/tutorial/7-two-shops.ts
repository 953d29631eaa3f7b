// Step 7: two nodes and one till.
import { Foundation } from "@foundation/runtime";
import { Till } from "./till.ts";

const start = (name: string) => Foundation.start({ name, clusterName: "pizzeria", actors: [Till] });
const centre = await start("centre");
const harbour = await start("harbour");
await centre.ready({ size: 2 });

await centre.singleton("till", Till);
console.log(`at the centre: order ${await centre.actor<Till>("till").ask.sell(900)}`);
console.log(`at the harbour: order ${await harbour.actor<Till>("till").ask.sell(1_200)}`);

const host = centre.registry.owner("till")?.nodeId;
console.log(`the till is at the ${host}, which closes`);
const [closing, open] = host === "centre" ? [centre, harbour] : [harbour, centre];
await closing.stop();
console.log(`at the ${open.name}: order ${await open.actor<Till>("till").ask.sell(800)}`);
await open.stop();
