import type { SentError } from "./ipc.ts";
import { show } from "./ipc.ts";

/** What a node's program threw: the name, message and code it had there. */
export class CommandError extends Error {
  /** The process in which it was thrown. */
  readonly node: string;
  readonly code: string | undefined;
  /** The stack in the node process. */
  readonly nodeStack: string | undefined;

  constructor(node: string, { name, message, code, stack }: SentError) {
    super(message);
    this.name = show(name);
    this.node = node;
    this.code = code;
    this.nodeStack = stack;
  }
}
