import type { CallOptions, Priority } from "@foundation/actor";

const priorities: readonly Priority[] = ["normal", "high", "low"];

/** How a call's priority is written. */
export function priorityByte(options: CallOptions | undefined): number {
  return options?.priority === undefined ? 0 : priorities.indexOf(options.priority);
}

/** The priority that a peer wrote; one that is not known here is `normal`. */
export function readPriority(byte: number): Priority {
  return priorities[byte] ?? "normal";
}
