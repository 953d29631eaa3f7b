import type { LocalRegistry } from "@foundation/actor";
import { Oven } from "./oven.ts";

/** An oven with a name, under which it is found again after a restart. */
export class NamedOven extends Oven {
  readonly #names: LocalRegistry;
  readonly #name: string;

  constructor(names: LocalRegistry, name: string) {
    super();
    this.#names = names;
    this.#name = name;
  }

  protected override onStart(): void {
    this.#names.register(this.#name, this.self());
  }
}
