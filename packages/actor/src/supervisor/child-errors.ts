import { ActorError } from "../errors.ts";

/** The error of a child that is not there. */
export function noSuchChild(id: string): ActorError {
  return new ActorError(
    "noSuchChild",
    `this supervisor has no child ${JSON.stringify(id)}; whichChildren() lists them`,
  );
}

/** The error of an id that is taken. */
export function childExists(id: string): ActorError {
  const text = `this supervisor already has a child ${JSON.stringify(id)}; delete it, or give the new one an id`;
  return new ActorError("childExists", text);
}

/** The error of a child that would have to be stopped first. */
export function childRunning(id: string): ActorError {
  return new ActorError("childRunning", `child ${JSON.stringify(id)} runs, or is being restarted; terminate it first`);
}
