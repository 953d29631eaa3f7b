// [X20] What a constructor needs is asked for wherever a class is given, and a function in a field is no message.
import { Actor, childSpec, DynamicSupervisor, Foundation, PartitionSupervisor, Supervisor } from "@foundation/runtime";

class Greeter extends Actor {
  readonly greeting: string;
  field = (times: number): number => times;
  untyped = (...values: unknown[]): unknown => values[0];
  readonly fixed = (): number => 1;
  constructor(greeting: string) {
    super();
    this.greeting = greeting;
  }
  get getter(): () => number {
    return () => this.greeting.length;
  }
  greet(name: string): string {
    return `${this.greeting} ${name}`;
  }
  anything(value: unknown, ...more: readonly unknown[]): unknown {
    return [value, more];
  }
  async *words(): AsyncGenerator<string> {
    yield this.greeting;
  }
}

// @ts-expect-error: the constructor needs a greeting
childSpec(Greeter);
// @ts-expect-error: the constructor needs a greeting
childSpec(Greeter, { id: "greeter" });
// @ts-expect-error: a wrong argument
childSpec(Greeter, { args: [1] });
// @ts-expect-error: one argument too many
childSpec(Greeter, { args: ["hello", 1] });
export const greeterSpec = childSpec(Greeter, { args: ["hello"], restart: "transient" });

class Optional extends Actor {
  readonly text: string;
  constructor(text = "") {
    super();
    this.text = text;
  }
}
export const optionalSpecs = [childSpec(Optional), childSpec(Optional, {}), childSpec(Optional, { args: ["text"] })];

await using node = await Foundation.start();
childSpec(Supervisor);
node.spawn(Supervisor, { args: [{ children: [greeterSpec] }] });
// @ts-expect-error: the constructor of the children needs a greeting
node.spawn(PartitionSupervisor, { args: [{ child: () => childSpec(Greeter), partitions: 2 }] });
node.spawn(PartitionSupervisor, { args: [{ child: () => greeterSpec, partitions: 2 }] });
// @ts-expect-error: a partition supervisor needs its options
node.spawn(PartitionSupervisor);
// @ts-expect-error: the constructor of the child needs a greeting
await node.spawn(DynamicSupervisor).ask.startChild(childSpec(Greeter));
// @ts-expect-error: the constructor needs a greeting
node.spawn(Greeter, { name: "greeter" });

const greeter = node.spawn(Greeter, { args: ["hello"] });
export const text: string = await greeter.ask.greet("ada");
greeter.tell.anything(1, 2, 3);
// @ts-expect-error: a function in a field
greeter.ask.field(1);
// @ts-expect-error: a function in a field
greeter.tell.field(1);
// @ts-expect-error: a function in a field
greeter.ask.untyped(1);
// @ts-expect-error: a function in a field that is readonly
greeter.ask.fixed();
// @ts-expect-error: a function in a field that is readonly
greeter.tell.fixed();
// @ts-expect-error: a getter
greeter.ask.getter();
// @ts-expect-error: a stream is read
greeter.ask.words();
// @ts-expect-error: a stream is read
greeter.tell.words();
// @ts-expect-error: no stream
greeter.stream.greet("ada");
// @ts-expect-error: a function in a field
greeter.stream.field(1);
for await (const word of greeter.stream.words()) word.trim();
