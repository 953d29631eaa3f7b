// [X5] What remains, as docs/guides/types-of-messages.md says it: results that are made of each other have to be spelt out.
import { Actor, type ActorRef, Foundation } from "@foundation/runtime";

class Even extends Actor {
  #odd: ActorRef<Odd> | undefined;
  meet(odd: ActorRef<Odd>) {
    this.#odd = odd;
  }
  // @ts-expect-error: TS7023, the result is made of that of Odd.isOdd, which is made of this one
  async isEven(n: number) {
    // @ts-expect-error: TS2615, the same
    return n === 0 ? true : await this.#odd?.ask.isOdd(n - 1);
  }
}

class Odd extends Actor {
  #even: ActorRef<Even> | undefined;
  meet(even: ActorRef<Even>) {
    this.#even = even;
  }
  // @ts-expect-error: TS7023, as above
  async isOdd(n: number) {
    // @ts-expect-error: TS2615, the same
    return n === 0 ? false : await this.#even?.ask.isEven(n - 1);
  }
}

class SpeltEven extends Actor {
  #odd: ActorRef<SpeltOdd> | undefined;
  meet(odd: ActorRef<SpeltOdd>) {
    this.#odd = odd;
  }
  async isEven(n: number): Promise<boolean | undefined> {
    return n === 0 ? true : await this.#odd?.ask.isOdd(n - 1);
  }
}

class SpeltOdd extends Actor {
  #even: ActorRef<SpeltEven> | undefined;
  meet(even: ActorRef<SpeltEven>) {
    this.#even = even;
  }
  async isOdd(n: number) {
    return n === 0 ? false : await this.#even?.ask.isEven(n - 1);
  }
}

// A function without parameters in a field looks like a method to the compiler, unless the field is readonly.
class Arrow extends Actor {
  count = () => 1;
}

await using node = await Foundation.start();
node.spawn(Even).tell.meet(node.spawn(Odd));
export const isOdd: boolean | undefined = await node.spawn(SpeltOdd).ask.isOdd(3);
node.spawn(SpeltEven);
export const compilesAndIsRefused: number = await node.spawn(Arrow).ask.count();
