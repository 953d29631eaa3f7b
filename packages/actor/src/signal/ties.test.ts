import { describe, expect, it } from "vitest";
import { Actor } from "../actor/actor.ts";
import { ActorCell } from "../actor/actor-cell.ts";
import type { ExitListener, Recipient } from "../message/recipient.ts";
import { ActorRef } from "../message/ref.ts";
import { ActorSystem } from "../system/actor-system.ts";
import { Ties } from "./ties.ts";

/** A name that somebody may have, which is said later. */
class Unknown {
  readonly isLocal = false;
  readonly label = "name:unknown";
  readonly waiting: ((recipient: Recipient | undefined) => void)[] = [];
  takenBack = 0;

  whenKnown(found: (recipient: Recipient | undefined) => void): () => void {
    this.waiting.push(found);
    return () => void this.takenBack++;
  }

  watch(listener: ExitListener): () => void {
    this.waiting.push(() => listener("noproc"));
    return () => void this.takenBack++;
  }

  get recipient(): Recipient {
    return this as unknown as Recipient;
  }
}

describe("links with a name whose owner is not known yet", () => {
  it("are made once, when it is known", () => {
    const [ties, name, found] = [new Ties(), new Unknown(), [] as unknown[]];
    for (let i = 0; i < 3; i++) ties.awaitLink(name.recipient, (other) => found.push(other));
    expect([name.waiting.length, found]).toEqual([1, []]);
    name.waiting[0]?.(undefined);
    expect(found).toEqual([undefined]);
    ties.awaitLink(name.recipient, (other) => found.push(other));
    expect(name.waiting).toHaveLength(2);
  });

  it("are taken back once, by an unlink or by the end of the actor", () => {
    const [ties, name] = [new Ties(), new Unknown()];
    ties.awaitLink(name.recipient, () => {});
    ties.cancelAwaited(name.recipient);
    ties.cancelAwaited(name.recipient);
    expect(name.takenBack).toBe(1);
    ties.awaitLink(name.recipient, () => {});
    ties.cancelAll();
    ties.cancelAll();
    expect(name.takenBack).toBe(2);
  });

  it("are made at once where it is known", async () => {
    await using system = new ActorSystem();
    const cell = system.cellOf(system.spawn(Actor)) as ActorCell;
    const [ties, found] = [new Ties(), [] as unknown[]];
    ties.awaitLink(cell, (other) => found.push(other));
    expect(found).toEqual([cell]);
    expect(cell).toBeInstanceOf(ActorCell);
    expect([ties.addLink(cell), ties.addLink(cell), ties.deleteLink(cell), ties.deleteLink(cell)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe("monitors", () => {
  it("are told of while they count, and are taken back with the actor", () => {
    const [ties, name, told] = [new Ties(), new Unknown(), [] as string[]];
    const ref = new ActorRef(name.recipient);
    const first = ties.monitor(ref, ({ reason }) => told.push(`first ${String(reason)}`));
    ties.monitor(ref, ({ reason }) => told.push(`second ${String(reason)}`));
    first.cancel();
    expect(name.takenBack).toBe(1);
    for (const tell of name.waiting) tell(undefined);
    expect(told).toEqual(["second noproc"]);
    expect(ties.takeMonitor(first)).toBe(false);
    ties.cancelAll();
    expect(name.takenBack).toBe(2);
  });

  it("that are refused throw, and are none", () => {
    const ties = new Ties();
    const told: unknown[] = [];
    let late: ExitListener | undefined;
    const full = {
      watch(listener: ExitListener): never {
        late = listener;
        throw new Error("too much waits");
      },
    } as unknown as Recipient;
    expect(() => ties.monitor(new ActorRef(full), (down) => told.push(down))).toThrow("too much waits");
    late?.("noproc");
    expect(told).toEqual([]);
  });
});
