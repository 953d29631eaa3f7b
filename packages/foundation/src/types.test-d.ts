// Types that users see through inference. Checked by the compiler alone (npm run check).
import type { ActorStream } from "@foundation/actor";
import { expectTypeOf } from "vitest";
import { z } from "zod";
import {
  Actor,
  type ActorRef,
  type CallOptions,
  Foundation,
  type MessageName,
  type ProtocolOf,
  type Refused,
  type StreamName,
} from "./index.ts";

class Account extends Actor {
  balance = 0;
  #pin: string;
  constructor(owner: string, pin = "0000") {
    super();
    this.#pin = `${owner}${pin}`;
  }
  deposit(amount: number, memo?: string): number {
    return amount + (memo?.length ?? 0) + this.#pin.length;
  }
  async history(): Promise<string[]> {
    return [];
  }
  generic<T>(value: T): T {
    return value;
  }
  _internal(): void {}
  protected override onStart(): void {}
  protected override receive(): void {}
}

class Bare extends Actor {
  ping(): "pong" {
    return "pong";
  }
}

const node = await Foundation.start();

const account = await node.singleton("account", Account, { args: ["ann"] });
expectTypeOf(account).toEqualTypeOf<ActorRef<Account>>();
expectTypeOf(account.ask.deposit).toEqualTypeOf<(amount: number, memo?: string) => Promise<number>>();
expectTypeOf(account.tell.deposit).toEqualTypeOf<(amount: number, memo?: string) => void>();
expectTypeOf(account.ask.history()).toEqualTypeOf<Promise<string[]>>();
expectTypeOf<keyof typeof account.ask>().toEqualTypeOf<"deposit" | "history" | "generic">();
expectTypeOf(account.with({ timeoutMs: 10 })).toEqualTypeOf<ActorRef<Account>>();
expectTypeOf(node.actor<Account>("account").ask.deposit(1)).toEqualTypeOf<Promise<number>>();
expectTypeOf(node.spawn(Bare).ask.ping()).toEqualTypeOf<Promise<"pong">>();
expectTypeOf(node.spawn(Account, { args: ["ann", "1234"], name: "x" })).toEqualTypeOf<ActorRef<Account>>();

// @ts-expect-error: the constructor needs an owner
await node.singleton("account", Account);
// @ts-expect-error: the constructor needs an owner
node.spawn(Account);
// @ts-expect-error: a wrong argument
node.spawn(Account, { args: [1] });
// @ts-expect-error: no such message
account.tell.withdraw(1);
// @ts-expect-error: a wrong argument
account.tell.deposit("1");
// @ts-expect-error: names that begin with _ are no messages
account.tell._internal();
// @ts-expect-error: hooks are no messages
account.ask.onStart();
// @ts-expect-error: fields are no messages
account.ask.balance();
// @ts-expect-error: an unknown option
await Foundation.start({ prot: 7000 });

// A class with `static protocol` takes the messages that it names, and no others.
class Narrow extends Actor {
  static readonly protocol = { credit: z.tuple([z.number()]) };
  credit(amount: number): number {
    return amount;
  }
  audit(): void {}
}
const narrow = node.spawn(Narrow);
expectTypeOf<keyof typeof narrow.ask>().toEqualTypeOf<"credit">();
expectTypeOf(narrow.ask.credit).toEqualTypeOf<(amount: number) => Promise<number>>();
expectTypeOf(await node.singleton("narrow", Narrow)).toEqualTypeOf<typeof narrow>();
expectTypeOf(node.actor<ProtocolOf<typeof Narrow>>("narrow")).toEqualTypeOf<typeof narrow>();
expectTypeOf<ProtocolOf<typeof Account>>().toEqualTypeOf<Account>();
// @ts-expect-error: a public method that the protocol does not name
narrow.tell.audit();

// ---- streams, options, and results that are hard to type ----

class Market extends Actor {
  readonly state = "field";
  arrow = (): number => 1;
  async *prices(symbol: string, everyMs?: number): AsyncGenerator<{ cents: number }> {
    yield { cents: symbol.length + (everyMs ?? 0) };
  }
  iterable(): AsyncIterable<string> {
    return this.#texts();
  }
  async *genericItems<T>(items: T[]): AsyncGenerator<T> {
    yield* items;
  }
  find(id: number): string;
  find(name: string, exact: boolean): number;
  find(what: number | string): string | number {
    return what;
  }
  fail(): never {
    throw new Error("never");
  }
  // biome-ignore lint/suspicious/noExplicitAny: what a user's `any` becomes is what is looked at.
  anything(): any {
    return 1;
  }
  unknown(): unknown {
    return 1;
  }
  maybe(): Promise<number> | string {
    return "later";
  }
  rest(first: string, ...more: number[]): void {
    void [first, more];
  }
  peer(ref: ActorRef<Market>): ActorRef<Market> {
    return ref;
  }
  private secret(): void {}
  protected helper(): void {
    this.secret();
  }
  onHandoff(): void {}
  async *#texts(): AsyncGenerator<string> {
    yield "text";
  }
}

const market = node.spawn(Market);
expectTypeOf(market.stream.prices).toEqualTypeOf<
  (symbol: string, everyMs?: number) => ActorStream<{ cents: number }>
>();
expectTypeOf(market.stream.iterable()).toEqualTypeOf<ActorStream<string>>();
expectTypeOf<StreamName<Market>>().toEqualTypeOf<"prices" | "iterable" | "genericItems">();
for await (const price of market.stream.prices("ACME")) expectTypeOf(price).toEqualTypeOf<{ cents: number }>();
expectTypeOf(market.stream.prices("ACME").next()).resolves.toEqualTypeOf<
  IteratorResult<{ cents: number }, undefined>
>();

// Streams are neither told nor asked, fields and hidden members are no messages. A function without parameters in a field is
// taken for a method, although it is none at run time: docs/guides/types-of-messages.md says so.
expectTypeOf<MessageName<Market>>().toEqualTypeOf<
  "arrow" | "find" | "fail" | "anything" | "unknown" | "maybe" | "rest" | "peer"
>();
// By name all methods are there, [X5]; one of the wrong kind cannot be called.
expectTypeOf<keyof typeof market.ask>().toEqualTypeOf<MessageName<Market> | StreamName<Market>>();
expectTypeOf<keyof typeof market.tell>().toEqualTypeOf<keyof typeof market.ask>();
expectTypeOf<keyof typeof market.stream>().toEqualTypeOf<keyof typeof market.ask>();
expectTypeOf(market.ask.prices).toEqualTypeOf<Refused<"prices is a stream; read it with ref.stream.prices()">>();
expectTypeOf(market.stream.fail).toEqualTypeOf<Refused<"fail is no stream; ask it with ref.ask.fail()">>();
// @ts-expect-error: a stream is read
market.ask.prices("ACME");
// @ts-expect-error: a stream is read
market.tell.prices("ACME");
// @ts-expect-error: this is no stream
market.stream.find(1);
// @ts-expect-error: a wrong argument
market.stream.prices(1);
// @ts-expect-error: private
market.ask.secret();
// @ts-expect-error: protected
market.ask.helper();
// @ts-expect-error: hooks are no messages
market.ask.onHandoff();
// @ts-expect-error: fields are no messages
market.ask.state();

expectTypeOf(market.ask.fail()).toEqualTypeOf<Promise<never>>();
expectTypeOf(market.ask.anything()).resolves.toBeAny();
expectTypeOf(market.ask.unknown()).toEqualTypeOf<Promise<unknown>>();
expectTypeOf(market.ask.maybe()).toEqualTypeOf<Promise<number | string>>();
expectTypeOf(market.tell.rest).toEqualTypeOf<(first: string, ...more: number[]) => void>();
expectTypeOf(market.ask.peer(market)).toEqualTypeOf<Promise<ActorRef<Market>>>();
// Of overloads the last one counts, as everywhere where TypeScript infers from a function.
expectTypeOf(market.ask.find).toEqualTypeOf<(name: string, exact: boolean) => Promise<number>>();
// Type parameters are not kept: what they stand for is unknown.
expectTypeOf(market.stream.genericItems([1])).toEqualTypeOf<ActorStream<unknown>>();
expectTypeOf(account.ask.generic(1)).toEqualTypeOf<Promise<unknown>>();

const options: CallOptions = {
  timeoutMs: 10,
  signal: new AbortController().signal,
  priority: "high",
  channel: "data",
  window: 8,
};
expectTypeOf(market.with(options).stream.iterable()).toEqualTypeOf<ActorStream<string>>();
// @ts-expect-error: no such priority
market.with({ priority: "urgent" });
// @ts-expect-error: an unknown option
market.with({ timeout: 10 });
// @ts-expect-error: options are no argument
market.ask.find("x", true, { timeoutMs: 10 });
node.spawn(Market, { mailbox: { capacity: 10, overflow: "dropOldest" } });
// @ts-expect-error: no such policy
node.spawn(Market, { mailbox: { overflow: "block" } });

// Channels of a class leave the types of its refs alone.
class Uploads extends Actor {
  static readonly channel = "data";
  static readonly channels = { status: "control" };
  upload(bytes: Uint8Array): number {
    return bytes.length;
  }
  status(): string {
    return "";
  }
}
expectTypeOf(node.spawn(Uploads)).toEqualTypeOf<ActorRef<Uploads>>();
expectTypeOf(await node.singleton("uploads", Uploads)).toEqualTypeOf<ActorRef<Uploads>>();
class OddChannel extends Actor {
  static readonly channel = 3;
}
// @ts-expect-error: a channel is a name
node.spawn(OddChannel);
class OddChannels extends Actor {
  static readonly channels = { upload: ["data"] };
}
// @ts-expect-error: one channel for each method
node.spawn(OddChannels);

// A method may take any number of arguments, and say that it leaves their list alone.
class Rest extends Actor {
  all(..._values: readonly number[]): number {
    return 0;
  }
  async *each(..._values: readonly number[]): AsyncGenerator<number> {}
}
const rest = node.spawn(Rest);
rest.tell.all(1, 2);
expectTypeOf(rest.ask.all(1, 2)).toEqualTypeOf<Promise<number>>();
expectTypeOf(rest.stream.each(1)).toEqualTypeOf<ActorStream<number>>();
// @ts-expect-error: a wrong argument
rest.tell.all("1");
