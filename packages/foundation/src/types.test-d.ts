// Types that users see through inference. Checked by the compiler alone (npm run check).
import { Actor, type ActorRef, Foundation, type ProtocolOf } from "foundation";
import { expectTypeOf } from "vitest";
import { z } from "zod";

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
