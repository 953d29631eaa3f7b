// A spawn, bare: the user's object, a mailbox, a reference that leads to both, an entry in a table, and one call.
import { type Work, type Workbench, workbench } from "../cost.ts";
import { collectGarbage, usedBytes } from "../memory.ts";
import { medianOf } from "../statistics.ts";

class Nursery {
  started = 0;
}

class Idle {
  #sum = 0;
  readonly #nursery: Nursery;

  constructor(nursery: Nursery) {
    this.#nursery = nursery;
  }

  onStart(): void {
    this.#nursery.started++;
  }

  add(amount: number): number {
    return (this.#sum += amount);
  }
}

class Reference {
  readonly id: number;
  readonly actor: Idle;
  readonly mailbox: unknown[] = [];

  constructor(id: number, actor: Idle) {
    this.id = id;
    this.actor = actor;
  }
}

const count = 100_000;
const table = new Map<number, Reference>();

export const { round }: Workbench = workbench({
  spawn: (): Work => {
    let references: Reference[] = [];
    const run = async (): Promise<void> => {
      references = await spawn();
    };
    const cleanUp = async (): Promise<void> => {
      for (const { id } of references) table.delete(id);
      references = [];
      collectGarbage();
    };
    return { units: count, run, cleanUp };
  },
});

/** Bytes that one of them takes. */
export function bytesPerActor(): Promise<number> {
  return medianOf(3, async () => {
    const before = usedBytes();
    const references = await spawn();
    const bytes = usedBytes() - before - 8 * references.length;
    for (const { id } of references) table.delete(id);
    return bytes / references.length;
  });
}

/** They start in the next turn, as actors do. */
async function spawn(): Promise<Reference[]> {
  const nursery = new Nursery();
  const references = Array.from({ length: count }, (_, id) => {
    const reference = new Reference(id, new Idle(nursery));
    table.set(id, reference);
    return reference;
  });
  await undefined;
  for (const { actor } of references) actor.onStart();
  if (nursery.started !== count) throw new Error(`${nursery.started} of ${count} have started.`);
  return references;
}
