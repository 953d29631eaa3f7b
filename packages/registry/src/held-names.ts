import type { ActorCell } from "@foundation/actor";
import type { NameOwner } from "./registry-events.ts";

/** How an actor of this node holds a name. */
interface Held {
  readonly cell: ActorCell;
  readonly epoch: number;
  readonly onConflict: (winner: NameOwner) => void;
}

/** The names that actors of this node hold: by name, and by actor. */
export class HeldNames {
  readonly #held = new Map<string, Held>();
  readonly #namesOf = new Map<ActorCell, Set<string>>();

  get(name: string): Held | undefined {
    return this.#held.get(name);
  }

  /** The names of one actor, as they are at the moment. */
  namesOf(cell: ActorCell): readonly string[] {
    const names = this.#namesOf.get(cell);
    return names === undefined ? none : [...names];
  }

  add(name: string, held: Held): void {
    this.#held.set(name, held);
    let names = this.#namesOf.get(held.cell);
    if (names === undefined) this.#namesOf.set(held.cell, (names = new Set()));
    names.add(name);
  }

  /** @returns whether it was held. */
  delete(name: string): boolean {
    const held = this.#held.get(name);
    if (held === undefined) return false;
    this.#held.delete(name);
    const names = this.#namesOf.get(held.cell);
    names?.delete(name);
    if (names?.size === 0) this.#namesOf.delete(held.cell);
    return true;
  }
}

const none: readonly string[] = [];
