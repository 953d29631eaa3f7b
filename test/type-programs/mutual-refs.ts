// [X5] Classes that hold refs to each other need no annotation for what their methods return, as long as no result is made of
// itself. What remains is in docs/guides/types-of-messages.md.
import { Actor, type ActorRef, Foundation } from "@foundation/runtime";

// Neither method's result has anything to do with the other one's: with all messages told apart by name, each is known.
class Ping extends Actor {
  #pong: ActorRef<Pong> | undefined;
  meet(pong: ActorRef<Pong>) {
    this.#pong = pong;
    return pong.ask.greet(this.self<Ping>());
  }
  hit(ball: number) {
    if (ball > 0) this.#pong?.tell.hit(ball - 1);
  }
  async score() {
    const theirs = await this.#pong?.ask.points();
    return theirs ?? 0;
  }
  points() {
    return 1;
  }
}

class Pong extends Actor {
  #ping: ActorRef<Ping> | undefined;
  greet(ping: ActorRef<Ping>) {
    this.#ping = ping;
    return "hello";
  }
  hit(ball: number) {
    if (ball > 0) this.#ping?.tell.hit(ball - 1);
  }
  async score() {
    const theirs = await this.#ping?.ask.points();
    return theirs ?? 0;
  }
  points() {
    return 2;
  }
}

// Telling has no result, so even what is told may be returned.
class Left extends Actor {
  readonly other: ActorRef<Right>;
  constructor(other: ActorRef<Right>) {
    super();
    this.other = other;
  }
  pass(ball: number) {
    return this.other.tell.pass(ball);
  }
}

class Right extends Actor {
  readonly other: ActorRef<Left>;
  constructor(other: ActorRef<Left>) {
    super();
    this.other = other;
  }
  pass(ball: number) {
    return this.other.tell.pass(ball);
  }
}

// The same with streams, and with a field whose type is what a spawn returns.
class Boss extends Actor {
  readonly worker = this.context.spawn(Worker, { args: [this.self<Boss>()] });
  async *progress() {
    for await (const step of this.worker.stream.steps()) yield `step ${step}`;
  }
  async *wishes() {
    yield "faster";
  }
  deadline() {
    return 5;
  }
  left() {
    return this.worker.ask.left();
  }
}

class Worker extends Actor {
  readonly boss: ActorRef<Boss>;
  constructor(boss: ActorRef<Boss>) {
    super();
    this.boss = boss;
  }
  async *steps() {
    yield 1;
  }
  async *heard() {
    for await (const wish of this.boss.stream.wishes()) yield wish.length;
  }
  async left() {
    return (await this.boss.ask.deadline()) - 1;
  }
}

// And within one class.
class Link extends Actor {
  #next: ActorRef<Link> | undefined;
  append(next: ActorRef<Link>) {
    this.#next = next;
    return this.context.self.equals(next);
  }
  add(value: number) {
    this.#next?.tell.add(value);
    return value;
  }
  async sum() {
    return (await this.#next?.ask.add(1)) ?? 0;
  }
}

await using node = await Foundation.start();
const ping = node.spawn(Ping);
const pong = node.spawn(Pong);
export const greeting: string = await ping.ask.meet(pong);
export const scores: readonly number[] = [await ping.ask.score(), await pong.ask.score()];
ping.tell.hit(3);
// @ts-expect-error: a wrong argument
pong.tell.hit("3");
declare const left: ActorRef<Left>;
left.tell.pass(1);
// @ts-expect-error: a wrong argument
left.tell.pass("1");
const boss = node.spawn(Boss);
export const leftToDo: number = await boss.ask.left();
for await (const text of boss.stream.progress()) text.trim();
export const sum: number = await node.spawn(Link).ask.sum();
export const isSame: boolean = await node.spawn(Link).ask.append(node.spawn(Link));
