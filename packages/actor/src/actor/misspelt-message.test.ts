import { expect, it } from "vitest";
import { Actor, type ActorRef, ActorStream, ActorSystem } from "../index.ts";
import { askRecipient } from "../spi.ts";

class Oven extends Actor {
  bake(): void {}
  async *ready(): AsyncGenerator<number> {
    yield 1;
  }
  learn(name: string): void {
    this.context.become({ [name]: () => undefined });
  }
}

/** As plain JavaScript calls it: no compiler has looked at the names. */
async function failure(call: (ref: ActorRef) => unknown): Promise<string> {
  await using system = new ActorSystem();
  const ref = system.spawn(Oven) as unknown as ActorRef;
  const error: unknown = await Promise.resolve()
    .then(() => call(ref))
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "badMessage" });
  return (error as Error).message;
}

it("[Y22] a message that the class does not have is refused with the one that was probably meant", async () => {
  const meant = 'Oven has no message "bkae"; did you mean bake()?';
  expect(await failure((ref) => askRecipient(ref.recipient, "bkae", []))).toBe(meant);
  expect(await failure((ref) => ref.recipient.tell("bkae", [], undefined))).toBe(meant);
  expect(await failure((ref) => askRecipient(ref.recipient, "learn", ["bkae"], { timeoutMs: 5_000 }))).toBe(meant);
  expect(await failure((ref) => askRecipient(ref.recipient, "redy", []))).toContain("did you mean ready()?");
});

it("[Y22] what resembles no message is refused with what a message is", async () => {
  expect(await failure((ref) => askRecipient(ref.recipient, "constructor", []))).toBe(
    'Oven has no message "constructor": no public method has this name, or static protocol leaves it out; ' +
      "a function in a field is no method",
  );
  const long = await failure((ref) => askRecipient(ref.recipient, "x".repeat(10_000), []));
  expect(long.length).toBeLessThan(300);
});

it("[X20] a stream that is none is named", async () => {
  const read = (ref: ActorRef): unknown =>
    new ActorStream(ref.recipient, { method: "bake", args: [], options: undefined }).next();
  expect(await failure(read)).toMatch(/^bake\(\) of local\/\d+ is no stream; ask it$/);
});
