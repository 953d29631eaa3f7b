import type { lifecycleHooks } from "../contract/lifecycle-hooks.ts";
import type { ActorStream } from "../stream/actor-stream.ts";

/** Members of an actor class that are no messages although they are public; spawning refuses methods of the last three names. */
type Hidden = (typeof lifecycleHooks)[number] | "receive" | `_${string}` | "context" | "self" | "then";

/** Whether `A[K]` may only be read: fields and getters may, methods never are. */
type IsReadonly<A, K extends keyof A> =
  (<T>() => T extends { [P in K]: A[P] } ? 1 : 2) extends <T>() => T extends { -readonly [P in K]: A[P] } ? 1 : 2
    ? false
    : true;

/** The names that `A` spells out, beside an index signature. */
type KnownName<A> = keyof { [K in keyof A as string extends K ? never : K]: unknown } & keyof A;

/**
 * Each method's name, `never` for what else is public: optional members, `readonly` fields.
 *
 * Nothing here looks at what a method returns (`=> void` asks for nothing). Otherwise the result of one method would depend on
 * those of all others, and two classes that send each other messages would have to spell out every result. No `as` clause asks
 * what a member is: where a field is of a type parameter that is still open, TypeScript 7 would know none of the names.
 */
type NamesOfMethods<A> = {
  [K in keyof A]-?: K extends Hidden | symbol | number
    ? never
    : A[K] extends (...args: never) => void
      ? IsReadonly<A, K> extends true
        ? never
        : K
      : never;
};

/** The names of all public methods of `A`, streams among them. */
type MethodName<A> = string & keyof A & (NamesOfMethods<A>[keyof A] | NamesOfMethods<A>[KnownName<A>]);

/** The methods of `A`, so that an editor finds their comments and where they are declared. */
type Methods<A> = Pick<A, MethodName<A>>;

declare const why: unique symbol;

/** Takes the place of a call that the runtime would refuse. It cannot be called, and the compiler's error shows the text. */
export interface Refused<Text extends string> {
  readonly [why]: Text;
}

/**
 * Whether a member is a method, and no function in a field: methods alone let their parameters be compared both ways, so that a
 * function of `never` may stand for them. A function without parameters gives nothing to compare, and passes.
 */
type IsMethod<Member> = [(...args: never) => never] extends [Member] ? true : false;

/**
 * What a member is to those who send messages.
 *
 * Results are compared, never inferred: the compiler then takes one that it is just working out for `any`, instead of calling
 * it circular. Only `any` and `never` fit the first comparison; neither makes a stream.
 */
type Kind<Member> =
  IsMethod<Member> extends false
    ? "field"
    : [Member] extends [(...args: never) => typeof why]
      ? "message"
      : [Member] extends [(...args: never) => AsyncIterable<unknown>]
        ? "stream"
        : "message";

/** What takes the place of member `K`, which is of another kind. */
type Wrong<K, Found> = K extends string
  ? Found extends "field"
    ? Refused<`${K} is a field; only methods are messages`>
    : Found extends "stream"
      ? Refused<`${K} is a stream; read it with ref.stream.${K}()`>
      : Refused<`${K} is no stream; ask it with ref.ask.${K}()`>
  : never;

type Arguments<Member> = [Member] extends [(...args: infer Args extends readonly unknown[]) => void] ? Args : never;

/** The names of the methods of `A` that are streams: async generators, and what else returns an `AsyncIterable`. */
export type StreamName<A> = { [K in MethodName<A>]: Kind<A[K]> extends "stream" ? K : never }[MethodName<A>];

/** The names of the methods of `A` that can be told and asked. */
export type MessageName<A> = { [K in MethodName<A>]: Kind<A[K]> extends "message" ? K : never }[MethodName<A>];

/**
 * `ref.tell`: calls that want no answer.
 *
 * What a member is comes with its arguments, which the compiler looks up when it checks a call. Reading the name alone works
 * nothing out, so that methods may even return what they tell each other.
 */
export type Tell<A> = {
  readonly [K in keyof Methods<A>]: (
    ...args: Kind<A[K]> extends "message" ? Arguments<A[K]> : [Wrong<K, Kind<A[K]>>]
  ) => void;
};

/** `ref.ask`: calls that resolve to the method's result. */
export type Ask<A> = {
  readonly [K in keyof Methods<A>]: Kind<A[K]> extends "message"
    ? A[K] extends (...args: infer Args extends readonly unknown[]) => infer Result
      ? (...args: Args) => Promise<Awaited<Result>>
      : never
    : Wrong<K, Kind<A[K]>>;
};

/** `ref.stream`: calls whose result is read item by item. */
export type Stream<A> = {
  readonly [K in keyof Methods<A>]: Kind<A[K]> extends "stream"
    ? A[K] extends (...args: infer Args extends readonly unknown[]) => AsyncIterable<infer Item>
      ? (...args: Args) => ActorStream<Item>
      : never
    : Wrong<K, Kind<A[K]>>;
};
