import { inspect } from "node:util";
import type { MessageName } from "@foundation/actor";

/** The methods a probe for `A` takes calls of: those of `A`, or any when it stands for no particular class. */
export type ProbeMethod<A> = [MessageName<A>] extends [never] ? string : MessageName<A>;

/** The arguments of method `K` of `A`. */
export type ProbeArguments<A, K> = K extends keyof A
  ? A[K] extends (...args: infer Args extends unknown[]) => unknown
    ? Args
    : unknown[]
  : unknown[];

/** What an answer to method `K` of `A` may be. */
export type ProbeResult<A, K> = K extends keyof A
  ? A[K] extends (...args: never[]) => infer Result
    ? Awaited<Result> | Promise<Awaited<Result>>
    : unknown
  : unknown;

/** A call (`tell` or `ask`) that a probe has received. */
export interface ProbeCall<A, K extends ProbeMethod<A> = ProbeMethod<A>> {
  readonly kind: "call";
  readonly method: K;
  readonly args: ProbeArguments<A, K>;
}

/** A plain message (`send`) that a probe has received. */
export interface ProbePlainMessage {
  readonly kind: "message";
  readonly message: unknown;
}

/** Whatever a probe has received. */
export type ProbeMessage<A> = { [K in ProbeMethod<A>]: ProbeCall<A, K> }[ProbeMethod<A>] | ProbePlainMessage;

/** A call whose arguments are given or do not matter. */
export interface CallPattern<A, K extends ProbeMethod<A>> {
  readonly method: K;
  /** Compared by value; what has a method `asymmetricMatch`, such as `expect.any(Number)`, decides for itself. */
  readonly args?: ProbeArguments<A, K>;
}

/** A plain message, compared as {@link CallPattern.args} are. */
export interface PlainPattern {
  readonly message: unknown;
}

/** Which messages are meant. */
export type ProbePattern<A> = CallPattern<A, ProbeMethod<A>> | PlainPattern | ((message: ProbeMessage<A>) => boolean);

/** Received or expected, as the probe itself handles it. */
export type AnyMessage =
  | { readonly kind: "call"; readonly method: string; readonly args: readonly unknown[] }
  | ProbePlainMessage;

/** A {@link ProbePattern}, as the probe itself handles it. */
export type AnyPattern =
  | { readonly method: string; readonly args?: readonly unknown[] }
  | PlainPattern
  | ((message: AnyMessage) => boolean);

/** Characters of one message that a report shows. */
const shownCharactersMax = 300;

/** `value` on one line, cut where it gets long. */
export function show(value: unknown): string {
  const options = { depth: 4, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 20, maxStringLength: 200 };
  return cut(inspect(value, { ...options, compact: true }).replace(/\s*\n\s*/g, " "));
}

/** A message as it would be written: `charge(5)` or `message { type: 'reset' }`. */
export function showMessage(message: AnyMessage): string {
  return message.kind === "call" ? showCall(message.method, message.args) : `message ${show(message.message)}`;
}

/** A pattern as {@link showMessage} shows what it would match. */
export function showPattern(pattern: AnyPattern | undefined): string {
  if (pattern === undefined) return "any message";
  if (typeof pattern === "function") return cut(`a message for which ${String(pattern).replace(/\s+/g, " ")}`);
  if ("message" in pattern) return `message ${show(pattern.message)}`;
  return pattern.args === undefined ? `${pattern.method}(...)` : showCall(pattern.method, pattern.args);
}

function showCall(method: string, args: readonly unknown[]): string {
  return cut(`${method}(${args.map(show).join(", ")})`);
}

function cut(text: string): string {
  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}...` : text;
}
