// [X3] An optional member is no message, and takes none away.
import { Actor, type ActorRef, Foundation } from "@foundation/runtime";

class Diary extends Actor {
  note?: string;
  maybe?(page: number): string;
  listener?: (page: number) => void;
  later: (() => void) | undefined;
  hi(): number {
    return this.note?.length ?? 0;
  }
}

await using node = await Foundation.start();
const diary = node.spawn(Diary);
const answer: number = await diary.ask.hi();
diary.tell.hi();
export const names: readonly (keyof typeof diary.ask)[] = ["hi"];
// @ts-expect-error: a field is no message
diary.ask.note();
// @ts-expect-error: whether there is such a method is not known
diary.ask.maybe(1);
// @ts-expect-error: an optional function in a field is no message
diary.tell.listener(1);
// @ts-expect-error: a function that may be missing is no message
diary.tell.later();

/** The same for an interface that several classes implement. */
interface Payments extends Actor {
  readonly currency?: string;
  charge(cents: number): boolean;
  refund?(cents: number): boolean;
}
export const charge = (payments: ActorRef<Payments>): Promise<boolean> => payments.ask.charge(answer);
// @ts-expect-error: not every one has it
export const refund = (payments: ActorRef<Payments>): Promise<boolean> => payments.ask.refund(answer);

/** And where the class says what is a message. */
class Narrow extends Actor {
  static readonly protocol = {};
  note?: string;
  hi(): void {}
}
const narrow = node.spawn(Narrow);
// @ts-expect-error: its protocol is empty
narrow.tell.hi();

/** Nor do members of any name, or of names that are no strings. */
const symbol = Symbol("symbol");
class Open extends Actor {
  [key: string]: unknown;
  hi(times: number): number {
    return times;
  }
}
class Odd extends Actor {
  [symbol](): void {}
  1(): void {}
  hi(): void {}
}
export const hi: number = await node.spawn(Open).ask.hi(1);
// @ts-expect-error: a wrong argument
node.spawn(Open).ask.hi("1");
node.spawn(Odd).tell.hi();
// @ts-expect-error: the name is no string
node.spawn(Odd).tell[symbol]();
