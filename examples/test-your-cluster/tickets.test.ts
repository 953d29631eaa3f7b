// Slow: starts whole processes.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describeResult, type SimulationResult, shorten, simulate } from "@foundation/testkit";
import { expect, it } from "vitest";
import { carelessTicketOffice, ticketOffice } from "./ticket-office.ts";
import { ticketsScenario } from "./tickets-scenario.ts";

const careless = ticketsScenario(carelessTicketOffice);
const careful = ticketsScenario(ticketOffice);
const seedsMax = 25;

async function firstFailure(): Promise<SimulationResult> {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const result = await simulate(careless, { seed, nodes: 3 });
    if (result.violations.length > 0) return result;
  }
  throw new Error(`${seedsMax} seeds have not found the mistake`);
}

it("finds the mistake of the careless office, replays it by its seed, and shortens it", async () => {
  const failure = await firstFailure();
  expect(failure.violations.join("\n")).toMatch(/has bought one ticket and pays for seats \d+, \d+/);

  const replay = await simulate(careless, { seed: failure.seed, nodes: 3 });
  expect(replay.digest).toBe(failure.digest);

  const shortest = await shorten(careless, failure);
  expect(shortest.violations).not.toEqual([]);
  expect(shortest.plan.length).toBeLessThan(failure.plan.length);
});

it("finds none in the careful office, with the same seeds", async () => {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const result = await simulate(careful, { seed, nodes: 3 });
    expect(result.violations, describeResult(result)).toEqual([]);
  }
});

it("prints what it found, with the trace that every other process gets from that seed", async () => {
  const here = await simulate(careless, { seed: 1, nodes: 3 });
  const file = join(import.meta.dirname, "main.ts");
  const args = ["--conditions=@foundation/source", file, "--seed", "1"];
  const [code, printed] = await new Promise<[unknown, string]>((resolve) => {
    execFile(process.execPath, args, { timeout: 20_000 }, (error, stdout) => resolve([error?.code, stdout]));
  });
  const verdict = here.violations.length === 0 ? "held" : "FAILED";
  expect(printed).toContain(`seed 1: ${verdict}, trace ${here.digest.slice(0, 12)}\n`);
  expect(code).toBe(here.violations.length === 0 ? undefined : 1);
});
