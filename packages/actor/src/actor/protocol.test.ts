import { describe, expect, expectTypeOf, it } from "vitest";
import type { Ask, Tell } from "../message/calls.ts";
import { ActorSystem } from "../system/actor-system.ts";
import { Actor } from "./actor.ts";
import type { ActorContext } from "./actor-context.ts";
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

  it.each(["self", "context", "then"])(
    "[X2] a method %s() is refused as the class is used, for no ref could send it",
    async (name) => {
      class Base extends Actor {}
      // TypeScript refuses most of them as well.
      Object.defineProperty(Base.prototype, name, { value: () => 1, configurable: true });
      class Derived extends Base {}
      await using system = new ActorSystem();
      for (const actorClass of [Base, Derived]) {
        const refused = { code: "invalidOption", message: expect.stringContaining(`has a method ${name}()`) };
        expect(() => system.spawn(actorClass)).toThrow(expect.objectContaining(refused));
      }
      expect(system.size).toBe(0);
    },
  );

  it("[X2] are none of these names to the compiler, either", () => {
    class Odd extends Actor {
      // biome-ignore lint/suspicious/noThenProperty: what is tested.
      then(): void {}
      hi(): void {}
    }
    expectTypeOf<keyof Tell<Odd>>().toEqualTypeOf<"hi">();
    expectTypeOf<keyof Ask<Odd>>().toEqualTypeOf<"hi">();
  });

  it("[X2] an accessor of such a name is the class's own affair", async () => {
    class Typed extends Actor {
      protected override get context(): ActorContext {
        return super.context;
      }
      id(): string {
        return `${this.context.self}`;
      }
    }
    await using system = new ActorSystem();
    const typed = system.spawn(Typed);
    expect(await typed.ask.id()).toBe(`${typed}`);
  });
});

describe("[X2] a method that has lost its ref", () => {
  class Source extends Actor {
    readonly #given: unknown[] = [];
    done(value: unknown): unknown {
      this.#given.push(value);
      return this.#given.length;
    }
    async *items(): AsyncGenerator<number> {
      yield this.#given.length;
    }
  }

  it("says what to hand on instead, and sends nothing", async () => {
    await using system = new ActorSystem();
    const ref = system.spawn(Source);
    const lost = { tell: ref.tell.done, ask: ref.ask.done, stream: ref.stream.items };
    for (const [kind, method] of Object.entries(lost)) {
      const name = kind === "stream" ? "items" : "done";
      const message = expect.stringContaining(`hand on (...args) => ref.${kind}.${name}(...args)`);
      const refused = expect.objectContaining({ code: "badMessage", message });
      await expect(Promise.resolve(1).then(method as (value: unknown) => unknown)).rejects.toEqual(refused);
      for (const self of [null, 1, {}, ref, lost]) {
        expect(() => Reflect.apply(method, self, [1])).toThrow(refused);
      }
    }
    // What is handed on as the error says is sent.
    await Promise.resolve(7).then((...args) => ref.tell.done(...args));
    expect(await ref.ask.done(8)).toBe(2);
  });
});
