// [X4] A generic class keeps the type it was given, in its messages and in the arguments of its constructor.
import { Actor, type ActorClass, type ActorRef, childSpec, Foundation, type MessageName } from "@foundation/runtime";

class Box<T> extends Actor {
  #value: T | undefined;
  put(value: T): void {
    this.#value = value;
  }
  get(): T | undefined {
    return this.#value;
  }
  async *watch(): AsyncGenerator<T | undefined> {
    yield this.#value;
  }
}

class Cell<T, Unit extends string = "piece"> extends Actor {
  static readonly mailbox = { capacity: 10 };
  #value: T;
  constructor(value: T, unit?: Unit) {
    super();
    this.#value = value;
    void unit;
  }
  swap(value: T): T {
    const before = this.#value;
    this.#value = value;
    return before;
  }
}

class Shelf extends Actor {
  readonly box: ActorRef<Box<number>> = this.context.spawn(Box<number>);
  fill(): void {
    this.box.tell.put(1);
    // @ts-expect-error: a wrong argument
    this.box.tell.put("text");
  }
}

await using node = await Foundation.start();
node.spawn(Shelf);
const box: ActorRef<Box<number>> = node.spawn(Box<number>);
box.tell.put(1);
export const inTheBox: number | undefined = await box.ask.get();
for await (const value of box.stream.watch()) value?.toFixed();
// @ts-expect-error: a wrong argument
box.tell.put("text");
// @ts-expect-error: a wrong argument
node.spawn(Box<number>).ask.put("text");
// @ts-expect-error: a wrong argument
node.system.spawn(Box<number>).tell.put("text");
// @ts-expect-error: a wrong argument
(await node.singleton("box", Box<number>)).tell.put("text");
// @ts-expect-error: of another type
export const wrongBox: ActorRef<Box<string>> = node.spawn(Box<number>);

export const swapped: number = await node.spawn(Cell<number>, { args: [1] }).ask.swap(2);
export const weighed: number = await node.spawn(Cell<number, "gram">, { args: [1, "gram"] }).ask.swap(2);
// @ts-expect-error: the constructor needs an argument
node.spawn(Cell<number>);
// @ts-expect-error: a wrong argument
node.spawn(Cell<number>, { args: ["text"] });
// @ts-expect-error: a wrong second argument
node.spawn(Cell<number, "gram">, { args: [1, "metre"] });
// @ts-expect-error: a wrong argument
await node.singleton("cell", Cell<number>, { args: ["text"] });
// @ts-expect-error: a wrong argument
childSpec(Cell<number>, { args: ["text"] });
childSpec(Cell<number>, { args: [1] });

/** A class within a generic function knows no more than its type parameter. */
export function boxFor<T>(first: T): ActorRef<Box<T>> {
  const made: ActorRef<Box<T>> = node.system.spawn(Box<T>);
  made.tell.put(first);
  // @ts-expect-error: a number is no T
  made.tell.put(1);
  return made;
}

/** Fields of an open type parameter take no messages away, in a generic class as in a generic function. */
class Job<In, Out> extends Actor {
  input: In | undefined;
  output: Out;
  constructor(output: Out) {
    super();
    this.output = output;
  }
  feed(input: In): void {
    this.input = input;
  }
  async run(input: In): Promise<Out> {
    this.self<Job<In, Out>>().tell.feed(input);
    // @ts-expect-error: an output is no input
    this.self<Job<In, Out>>().tell.feed(this.output);
    return this.output;
  }
  async *outputs(): AsyncGenerator<Out> {
    yield this.output;
  }
}
export class JobPool<In, Out> extends Actor {
  readonly jobs: ActorRef<Job<In, Out>>[] = [];
  async runAll(input: In): Promise<Out[]> {
    for (const job of this.jobs) job.tell.feed(input);
    // @ts-expect-error: a field
    this.jobs[0]?.tell.output();
    return Promise.all(this.jobs.map((job) => job.ask.run(input)));
  }
  async *outputs(): AsyncGenerator<Out> {
    for (const job of this.jobs) yield* job.stream.outputs();
  }
}

// The same for what extends a generic class, for a class in a variable, and for one that only stands for others.
class NumberBox extends Box<number> {}
node.spawn(NumberBox).tell.put(1);
// @ts-expect-error: a wrong argument
node.spawn(NumberBox).tell.put("text");
const textBox: ActorClass<Box<string>, []> = Box<string>;
node.spawn(textBox).tell.put("text");
// @ts-expect-error: a wrong argument
node.spawn(textBox).tell.put(1);
abstract class Lid extends Actor {
  abstract open(): void;
}
// @ts-expect-error: abstract
node.spawn(Lid);

/** A generic function may use what all messages have in common. */
export function relay<A extends Actor>(ref: ActorRef<A>, name: MessageName<A>): readonly unknown[] {
  return [ref.tell[name], ref.ask[name]];
}
