import type { StandardSchema } from "../actor/standard-schema.ts";

/** One method that messages may call. */
export interface Method {
  readonly name: string;
  readonly call: (...args: never[]) => unknown;
  /** Whether it may run while another handler is under way. */
  readonly isReentrant: boolean;
  /** Whether it is known to return a promise: as an `async` method from the start, any other once it has done so. */
  isAsync: boolean;
  /** Whether it is an async generator: read as a stream, and neither told nor asked. */
  readonly isStream: boolean;
  /** What its arguments, as an array, have to fit. */
  readonly schema: StandardSchema | undefined;
}
