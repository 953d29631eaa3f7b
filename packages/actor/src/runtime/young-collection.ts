import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What V8 calls `gc`. */
type Collect = (options: { readonly type: "minor" }) => void;

let collect: Collect | undefined;

/**
 * Collects what died young, which takes 0.1 to 0.3 ms where little survives.
 *
 * V8 offers it to programs under a flag that only has to be set while the function is made. Making it takes half a millisecond
 * and 300 KB, so only who needs it has it made.
 */
export function collectYoung(): void {
  collect ??= findCollect();
  collect({ type: "minor" });
}

function findCollect(): Collect {
  if (typeof globalThis.gc === "function") return globalThis.gc as Collect;
  setFlagsFromString("--expose-gc");
  // As a property: the name alone would throw where there is none.
  const found: unknown = runInNewContext("globalThis.gc");
  setFlagsFromString("--no-expose-gc");
  // A program with other engines or flags goes on without it.
  return typeof found === "function" ? (found as Collect) : () => {};
}
