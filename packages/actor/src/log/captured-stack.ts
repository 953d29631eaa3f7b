/** Where the running code was, for who looks at it later; V8 makes its text only then. */
export class CapturedStack {
  readonly #holder: { readonly stack?: unknown } = {};

  /** @param below frames above this function, and its own, are left out. */
  constructor(below: (...args: never[]) => unknown) {
    Error.captureStackTrace(this.#holder, below);
  }

  /**
   * Its lines that name places, innermost first. None where the program formats stacks its own way: an `Error.prepareStackTrace` may
   * return anything, and throw.
   */
  get lines(): string[] {
    try {
      const { stack } = this.#holder;
      return typeof stack === "string" ? stack.split("\n").filter((line) => /^\s+at /.test(line)) : [];
    } catch {
      return [];
    }
  }
}
