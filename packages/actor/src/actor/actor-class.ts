import { ActorError } from "../errors.ts";
import { shown } from "../options/option-table.ts";
import { isInstance } from "../realm/native-class.ts";
import { brandClass, otherCopyOf, twoCopies } from "../realm/package-copy.ts";
import { Actor } from "./actor.ts";
import type { ActorStatics } from "./protocol.ts";

/** A class of actors: any constructor of a subclass of {@link Actor}. */
// biome-ignore lint/suspicious/noExplicitAny: only `any` accepts every parameter list while keeping it inferable.
export interface ActorClass<A extends Actor = Actor, Args extends any[] = any[]> extends ActorStatics {
  new (...args: Args): A;
  readonly prototype: Actor;
}

brandClass(Actor.prototype, "Actor");

/** @throws ActorError `invalidOption` for what is no class of actors, `twoCopies` for one of another copy of this package. */
export function assertActorClass(value: unknown): asserts value is ActorClass {
  const prototype: unknown = typeof value === "function" ? value.prototype : undefined;
  if (value === Actor || isInstance(prototype, Actor)) return;
  const what = typeof value === "function" && value.name !== "" ? `class ${value.name}` : shown(value);
  const other = otherCopyOf(prototype, "Actor");
  if (other !== undefined) throw twoCopies(`${what} extends the Actor`, other);
  throw new ActorError("invalidOption", `${what} is no class of actors: it does not extend Actor`);
}
