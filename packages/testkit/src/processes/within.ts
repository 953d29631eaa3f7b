/** How a piece of work came out. */
type Look<T> = { kind: "value"; value: T } | { kind: "error"; error: unknown } | { kind: "late" };

/** What `work` comes to, or that it took too long; its result is dropped then. */
export function within<T>(timeoutMs: number, work: () => Promise<T>): Promise<Look<T>> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ kind: "late" }), timeoutMs);
    const settle = (look: Look<T>): void => {
      clearTimeout(timer);
      resolve(look);
    };
    work().then(
      (value) => settle({ kind: "value", value }),
      (error) => settle({ kind: "error", error }),
    );
  });
}
