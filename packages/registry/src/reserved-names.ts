import { RegistryError } from "./errors.ts";

/** What a program gets that gives the name of a singleton of this node back. */
export function ofSingleton(name: string): RegistryError {
  const shown = JSON.stringify(name);
  const text = `${shown} is the name of a singleton, which would run on without it; end it with supervisor.remove(${shown})`;
  return new RegistryError("reservedName", text);
}

/** Names that were promised to be taken, and what became of those that are not any more. */
export class ReservedNames {
  /** What says why a name is not taken yet. */
  readonly #reserved = new Map<string, ((name: string) => string) | undefined>();
  /** Why names are not reserved any more, where there is something to say: as many as the supervisor keeps. */
  readonly #epitaphs = new Map<string, string>();

  add(name: string, whyNotYet: ((name: string) => string) | undefined): void {
    this.#epitaphs.delete(name);
    this.#reserved.set(name, whyNotYet);
  }

  /** @param why what became of the name. */
  delete(name: string, why: string | undefined): void {
    this.#reserved.delete(name);
    if (why === undefined) this.#epitaphs.delete(name);
    else this.#epitaphs.set(name, why);
  }

  has(name: string): boolean {
    return this.#reserved.has(name);
  }

  whyNotYet(name: string): string | undefined {
    return this.#reserved.get(name)?.(name);
  }

  /** What an ordinary actor gets that wants the name. */
  refusal(name: string): RegistryError {
    const why = this.whyNotYet(name);
    const text = `${JSON.stringify(name)} is the name of a singleton, which is not there yet${why === undefined ? "" : `: ${why}`}`;
    return new RegistryError("reservedName", `${text}. Choose another name, or remove the singleton`);
  }

  whyNotAnyMore(name: string): string | undefined {
    return this.#epitaphs.get(name);
  }
}
