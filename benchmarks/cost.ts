import { allocatedBy } from "./allocation.ts";
import type { Figures } from "./report.ts";

/** The same amount of work each time it is run. */
export interface Work {
  /** How much of it there is: messages, actors and so on. */
  readonly units: number;
  /** Does it, and resolves when all of it was handled. */
  run(): Promise<unknown>;
  /** What has to be done between two runs, and is not measured. */
  cleanUp?(): Promise<unknown>;
}

/** What a unit of work takes. */
export interface Cost extends Figures {
  /** Units a second. */
  readonly rate: number;
  /** Nanoseconds of processor time, in all threads of the process. Others on the machine disturb it less than the rate. */
  readonly cpuNs: number;
}

/** Does pieces of work by their names. */
export interface Workbench {
  /** One run; before the first one of a name, one that warms up. */
  round(name: string): Promise<Cost>;
  /** Bytes that a unit allocates. */
  allocated(name: string): Promise<number>;
}

/** @param works makes the work of each name when it is first done. */
export function workbench(works: Readonly<Record<string, () => Work | Promise<Work>>>): Workbench {
  const made = new Map<string, Promise<Work>>();
  const find = (name: string): Promise<Work> => {
    const found = made.get(name) ?? warmUp(works[name]);
    made.set(name, found);
    return found;
  };
  return {
    round: async (name) => costOf(await find(name)),
    allocated: async (name) => {
      const work = await find(name);
      const bytes = await allocatedBy(() => work.run());
      await work.cleanUp?.();
      return bytes / work.units;
    },
  };
}

async function warmUp(make: (() => Work | Promise<Work>) | undefined): Promise<Work> {
  if (make === undefined) throw new Error("There is no such work.");
  const work = await make();
  await work.run();
  await work.cleanUp?.();
  return work;
}

async function costOf(work: Work): Promise<Cost> {
  const used = process.cpuUsage();
  const start = performance.now();
  await work.run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(used);
  await work.cleanUp?.();
  return { rate: work.units / seconds, cpuNs: ((user + system) * 1000) / work.units };
}
