import type { OptionRule } from "../options/option-rule.ts";
import { isInstance } from "../realm/native-class.ts";
import { otherCopyOf, twoCopies } from "../realm/package-copy.ts";
import { ActorSystem } from "./actor-system.ts";

/** An actor system of this copy of the package; one of another copy is refused with `twoCopies`. */
export const actorSystemRule: OptionRule = {
  allowed: "an ActorSystem",
  isRequired: true,
  fits: (value) => isInstance(value, ActorSystem) || otherCopyOf(value, "ActorSystem") !== undefined,
  inside: (value) => {
    const other = otherCopyOf(value, "ActorSystem");
    if (other !== undefined) throw twoCopies("this is an ActorSystem", other);
  },
};
