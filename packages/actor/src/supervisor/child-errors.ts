import { ActorError } from "../errors.ts";
import { Rejection } from "../message/rejection.ts";
import { text } from "../options/option-rule.ts";
import { checkValue, shown } from "../options/option-table.ts";

/** Refuses what is no id of a child; the supervisor goes on. @throws Rejection of ActorError `invalidOption`. */
export function checkChildId(id: unknown): void {
  try {
    checkValue("the id of a child", id, text);
  } catch (error) {
    throw new Rejection(error as ActorError);
  }
}

/** The error of a child that is not there. */
export function noSuchChild(id: string): ActorError {
  return new ActorError("noSuchChild", `this supervisor has no child ${shown(id)}; whichChildren() lists them`);
}

/** The error of an id that is taken. */
export function childExists(id: string): ActorError {
  const text = `this supervisor already has a child ${shown(id)}; delete it, or give the new one an id`;
  return new ActorError("childExists", text);
}

/** The error of a child that would have to be stopped first. */
export function childRunning(id: string): ActorError {
  return new ActorError("childRunning", `child ${shown(id)} runs, or is being restarted; terminate it first`);
}
