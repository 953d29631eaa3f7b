// A supervisor whose children crash all the time.
import { Actor, type ActorRef, type ChildSpec, childSpec, type Node, Supervisor } from "@foundation/runtime";
import { type Workbench, workbench } from "../cost.ts";
import { startLoneNode } from "../lone-node.ts";
import { percentile } from "../statistics.ts";

type Born = (ref: ActorRef<Mortal>) => void;

/** Says that it runs, answers, and crashes when it is told to. */
class Mortal extends Actor {
  readonly #born: Born;

  constructor(born: Born) {
    super();
    this.#born = born;
  }

  protected override onStart(): void {
    this.#born(this.self<Mortal>());
  }

  crash(): void {
    throw new Error("as it was told");
  }

  ping(): void {}
}

const children = 100;
const restarts = 5000;
let node: Node;

export async function start(): Promise<void> {
  node = await startLoneNode();
}

export const { round, allocated }: Workbench = workbench({
  /** 100 children, each of which crashes again as soon as it runs. */
  restart: () => ({ units: restarts, run: restartAll }),
});

async function restartAll(): Promise<void> {
  let births = 0;
  await new Promise<void>((resolve, reject) => {
    const born: Born = (ref) => {
      births++;
      if (births <= restarts) ref.tell.crash();
      else if (births === restarts + children) resolve();
    };
    supervise(born).catch(reject);
  });
  await stopAll();
}

const supervisors: ActorRef<Supervisor>[] = [];

async function supervise(born: Born, count = children): Promise<void> {
  const specs = Array.from(
    { length: count },
    (_, index): ChildSpec => childSpec(Mortal, { id: String(index), args: [born] }),
  );
  const supervisor = node.spawn(Supervisor, { args: [{ intensity: 100_000, periodMs: 1000, children: specs }] });
  supervisors.push(supervisor);
  await node.system.whenStarted(supervisor);
}

async function stopAll(): Promise<void> {
  for (const supervisor of supervisors.splice(0)) await node.system.stopActor(supervisor, "shutdown");
}

/** From telling a child to crash until the next one has answered: the median and the 99th percentile. Milliseconds. */
export async function outage(): Promise<{ p50: number; p99: number }> {
  let born: Born = () => {};
  const nextBirth = (): Promise<ActorRef<Mortal>> =>
    new Promise((resolve) => {
      born = resolve;
    });
  let birth = nextBirth();
  await supervise((ref) => born(ref), 1);
  const took: number[] = [];
  for (let ref = await birth; took.length < 2 * restarts; ref = await birth) {
    birth = nextBirth();
    const start = performance.now();
    ref.tell.crash();
    await (await birth).ask.ping();
    took.push(performance.now() - start);
  }
  await stopAll();
  const measured = took.slice(restarts);
  return { p50: percentile(measured, 50), p99: percentile(measured, 99) };
}
