/**
 * Has `console.log`, `util.inspect` and the failures of tests show objects of a class as one line, instead of a screen of their insides.
 *
 * @param describe is given an object of the class. What has no insides, as the prototype itself, is shown by the class's name.
 */
export function inspectAs<T extends object>(
  ofClass: { readonly name: string; readonly prototype: T },
  describe: (object: T) => string,
): void {
  Object.defineProperty(ofClass.prototype, Symbol.for("nodejs.util.inspect.custom"), {
    value(this: T): string {
      try {
        return describe(this);
      } catch {
        return `[${ofClass.name}]`;
      }
    },
    writable: true,
    configurable: true,
  });
}

/** `1 actor`, `2 actors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
