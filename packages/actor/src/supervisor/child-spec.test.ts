import { expect, it } from "vitest";
import { Actor } from "../actor/actor.ts";
import { type ChildSpec, checkChildSpec, childSpec } from "./child-spec.ts";

class Till extends Actor {}

it("says how to make a spec when a class is given for one", () => {
  const refused = (given: unknown, message: string): void =>
    expect(() => checkChildSpec(given as ChildSpec)).toThrow(
      expect.objectContaining({ code: "invalidOption", message }),
    );
  refused(Till, "child spec: Till is none; make it of a class of actors, by childSpec(Till)");
  refused(class extends Actor {}, "child spec: a function is none; make it of a class of actors, by childSpec(…)");
  expect(() => checkChildSpec(childSpec(Till))).not.toThrow();
});
