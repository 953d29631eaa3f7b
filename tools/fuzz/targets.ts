import { frameTarget } from "./frame-target.ts";
import { helloTarget } from "./hello-target.ts";
import { MessageTarget } from "./message-target.ts";
import type { FuzzTarget } from "./target.ts";
import { roundTripTarget, valueTarget } from "./value-target.ts";

const targets: Readonly<Record<string, () => FuzzTarget | Promise<FuzzTarget>>> = {
  hello: helloTarget,
  frame: frameTarget,
  value: valueTarget,
  "round-trip": roundTripTarget,
  message: () => MessageTarget.open(),
};

/** What can be fuzzed. */
export const targetNames: readonly string[] = Object.keys(targets);

/** The targets of these names, one by one: the next is opened when the one before is done with. */
export async function* openTargets(names: readonly string[]): AsyncGenerator<FuzzTarget> {
  for (const name of names) {
    const open = targets[name];
    if (open !== undefined) yield await open();
  }
}
