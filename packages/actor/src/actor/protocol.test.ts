import { describe, expect, it } from "vitest";
import { ActorSystem } from "../system/actor-system.ts";
import { Actor } from "./actor.ts";
import { Protocol } from "./protocol.ts";

class Mixed extends Actor {
  note?: string;
  maybe?(): void;
  field = (): number => 1;
  readonly fixed = (): number => 2;
  get getter(): () => number {
    return () => 3;
  }
  method(): number {
    return 4;
  }
  _own(): void {}
}

describe("what the runtime takes for messages", () => {
  it("[X3] [X20] are methods alone, as the types say", () => {
    expect([...new Protocol(Mixed, Actor.prototype).names()]).toEqual(["method"]);
  });

  it("[X20] a function in a field is refused with a reason where the compiler lets it pass", async () => {
    await using system = new ActorSystem();
    const mixed = system.spawn(Mixed);
    // Without parameters its type is that of a method.
    await expect(mixed.ask.field()).rejects.toMatchObject({
      code: "badMessage",
      message: expect.stringContaining("a function in a field is no method"),
    });
    expect(await mixed.ask.method()).toBe(4);
  });
});
