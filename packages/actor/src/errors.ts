/** Every code that this package's errors carry. `docs/reference/errors.md` says what each means and what to do. */
export const actorErrorCodes = [
  "noproc",
  "nodedown",
  "timeout",
  "overloaded",
  "badMessage",
  "askSelf",
  "startFailed",
  "systemStopped",
  "invalidOption",
  "nameTaken",
  "noSuchChild",
  "childExists",
  "childRunning",
  "maxChildren",
  "twoCopies",
  "unsupportedNode",
] as const;

/** One of {@link actorErrorCodes}. */
export type ActorErrorCode = (typeof actorErrorCodes)[number];

/**
 * The base of all errors that the runtime itself creates.
 *
 * `code` comes from one documented table per package; the message says what happened, the value seen and what to do.
 */
export class FoundationError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  override get name(): string {
    return "FoundationError";
  }
}

/**
 * Makes errors that happen to many at once, without the stack of the timer or the link that they come from: it says nothing, and
 * collecting it is most of what an error costs (of 7 µs, 1 is left).
 */
export function withoutStack<T>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  // Does nothing where the program has frozen Error.
  Reflect.set(Error, "stackTraceLimit", 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, "stackTraceLimit", limit);
  }
}

/** An error of the actor package. */
export class ActorError extends FoundationError<ActorErrorCode> {
  override get name(): string {
    return "ActorError";
  }
}

/** Of starts that failed one because of the other, the innermost: messages name it, and do not grow with each that it took along. */
export function innermostStart<T>(error: T): T | ActorError {
  let at: T | ActorError = error;
  while (isFailedStart(at) && isFailedStart(at.cause)) at = at.cause;
  return at;
}

function isFailedStart(error: unknown): error is ActorError {
  return error instanceof ActorError && error.code === "startFailed";
}

/** A full mailbox or queue has handed a message back: nothing was sent. */
export class OverloadedError extends ActorError {
  /** What was handed back. */
  readonly refused: { readonly recipient: string; readonly method: string; readonly args: readonly unknown[] };

  constructor(message: string, refused: OverloadedError["refused"]) {
    super("overloaded", message);
    this.refused = refused;
  }
}
