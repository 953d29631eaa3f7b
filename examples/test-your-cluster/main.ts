// Looks for mistakes in the ticket office: node --conditions=@foundation/source examples/test-your-cluster/main.ts
//   [--office careless|careful] [--seed N]
// Tries one seed after the other until one fails, leaves out faults that do not matter, and says how to see it again.
import { parseArgs } from "node:util";
import { describeResult, shorten, simulate } from "@foundation/testkit";
import { carelessTicketOffice, ticketOffice } from "./ticket-office.ts";
import { ticketsScenario } from "./tickets-scenario.ts";

const { values } = parseArgs({
  options: { office: { type: "string", default: "careless" }, seed: { type: "string" } },
});
const scenario = ticketsScenario(values.office === "careful" ? ticketOffice : carelessTicketOffice);
const seeds = values.seed === undefined ? Array.from({ length: 20 }, (_, index) => index + 1) : [Number(values.seed)];

for (const seed of seeds) {
  const result = await simulate(scenario, { seed, nodes: 3 });
  process.stdout.write(
    `seed ${seed}: ${result.violations.length === 0 ? "held" : "FAILED"}, trace ${result.digest.slice(0, 12)}\n`,
  );
  if (result.violations.length === 0) continue;
  const shortest = await shorten(scenario, result);
  process.stdout.write(`${result.plan.length} faults, of which ${shortest.plan.length} are enough:\n`);
  process.stdout.write(`${describeResult(shortest)}\n\nthe same again: --office ${values.office} --seed ${seed}\n`);
  process.exit(1);
}
