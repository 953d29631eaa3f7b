/**
 * What a class of actors is called in errors, logs and child specs: `name`, as the program gave it. One without, as decorators, mixins
 * and functions make them, is named after the class that it extends. It never throws: it is part of what errors say.
 */
export function classNameOf(actorClass: object): string {
  for (let each = actorClass; each !== null; each = Object.getPrototypeOf(each)) {
    const name = nameOf(each);
    if (name !== "") return each === actorClass ? name : `anonymous ${name}`;
  }
  return "anonymous";
}

/** A program may have a static method or an accessor of this name. */
function nameOf(actorClass: { readonly name?: unknown }): string {
  try {
    return typeof actorClass.name === "string" ? actorClass.name : "";
  } catch {
    return "";
  }
}
