import { askRecipient } from "@foundation/actor/spi";
import { Actor } from "@foundation/runtime";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { places } from "./support/places.ts";

let taken: unknown[];

class Till extends Actor {
  static readonly protocol = {
    pay: z.tuple([z.object({ cents: z.number().int().positive(), on: z.coerce.date() }), z.string().optional()]),
    later: z.tuple([z.string().refine(async (name: string) => name === "never asked", "async")]),
    odd: z.string(),
    explode: z.tuple([
      z.string().transform((): string => {
        throw new RangeError("in the schema");
      }),
    ]),
    many: z.tuple(Array.from({ length: 9 }, () => z.number()) as [z.ZodNumber]),
  };
  pay(sum: { cents: number; on: Date }, note?: string): string {
    taken.push(sum, note);
    return `${sum.cents} on ${sum.on.toISOString().slice(0, 10)}`;
  }
  later(_name: string): void {
    taken.push("later");
  }
  odd(): void {}
  explode(_text: string): void {
    taken.push("exploded");
  }
  many(..._numbers: number[]): void {}
  /** Public, and no message: the protocol does not name it. */
  audit(): string {
    return "secret";
  }
}

const codeAndText = (error: unknown): string =>
  `${(error as { code?: string }).code}: ${(error as { message: string }).message}`;

describe.each(places)("static protocol %s", (where, makePlace) => {
  const ask = async (method: string, ...args: unknown[]) => {
    taken = [];
    const place = await makePlace();
    const ref = place.spawn(Till);
    const result = await place.settle(askRecipient(ref.recipient, method, args).catch(codeAndText));
    const isAlive = place.cell(ref).isAlive;
    await place[Symbol.asyncDispose]();
    return { result, isAlive };
  };

  it("hands the handler what the schema makes of the arguments", async () => {
    const { result } = await ask("pay", { cents: 5, on: "2026-01-02", extra: 1 }, "tip");
    expect(result).toBe("5 on 2026-01-02");
    expect(taken).toEqual([{ cents: 5, on: new Date("2026-01-02") }, "tip"]);
  });

  it("refuses arguments that do not fit, before the mailbox, and says where", async () => {
    const { result, isAlive } = await ask("pay", { cents: -5, on: "2026-01-02" });
    expect(result).toMatch(/^badMessage: the arguments of Till\.pay\(\) do not fit: \[0\]\.cents: .+/);
    expect((await ask("pay")).result).toMatch(/^badMessage/);
    expect((await ask("pay", { cents: 1, on: "2026-01-02" }, "tip", "more")).result).toMatch(/^badMessage/);
    expect(taken).toEqual([]);
    expect(isAlive).toBe(true);
  });

  it("names five issues and counts the rest", async () => {
    const { result } = await ask("many", ..."abcdefghi");
    expect(result).toMatch(/^badMessage: .*; and 4 more$/);
  });

  it("refuses methods that it does not name", async () => {
    expect((await ask("audit")).result).toMatch(/^badMessage: Till has no message "audit"/);
  });

  it("refuses asynchronous schemas, and no rejection is left of them", async () => {
    const { result } = await ask("later", "somebody");
    expect(result).toMatch(/^badMessage: .*asynchronous/);
    expect(taken).toEqual([]);
  });

  it("refuses a schema that makes no list of arguments, and survives one that throws", async () => {
    expect((await ask("odd", "text")).result).toMatch(/^badMessage/);
    const { result, isAlive } = await ask("explode", "text");
    // zod hides what was thrown in a promise.
    expect(result).toMatch(/^badMessage: .*or threw/);
    expect(isAlive).toBe(true);
    expect(taken).toEqual([]);
  });

  it.each<[string, () => unknown, string]>([
    ["nothing", () => undefined, "answers with undefined"],
    ["a number", () => 5, "answers with 5"],
    ["a number of issues", () => ({ issues: 5 }), "answers with an object"],
    ["an issue that is none", () => ({ issues: [null] }), "answers with an object"],
    ["a message that is no text", () => ({ issues: [{ message: Symbol("no text") }] }), "answers with an object"],
    ["a path to nowhere", () => ({ issues: [{ message: "wrong", path: [null] }] }), "answers with an object"],
    [
      "a path of any keys",
      () => ({ issues: [{ message: "wrong", path: [{ key: Symbol("s") }, "a", 0] }] }),
      "do not fit: [Symbol(s)].a[0]: wrong",
    ],
    [
      "an answer that throws",
      () => ({
        get issues(): never {
          throw new RangeError("in the answer");
        },
      }),
      "threw: RangeError: in the answer",
    ],
    [
      "what it has thrown",
      () => {
        throw new RangeError("in the schema");
      },
      "threw: RangeError: in the schema",
    ],
  ])("[X12] refuses what a schema says that is no Standard Schema: %s", async (_what, answer, text) => {
    class Odd extends Actor {
      static readonly protocol = {
        take: { "~standard": { version: 1 as const, vendor: "odd", validate: () => answer() as { value: [] } } },
      };
      take(): void {}
    }
    await using place = await makePlace();
    const ref = place.spawn(Odd);
    const result = await place.settle(askRecipient(ref.recipient, "take", []).catch(codeAndText));
    expect(result).toMatch(/^badMessage: the (schema|arguments) of Odd\.take\(\) /);
    expect(result).toContain(text);
    expect(place.cell(ref).isAlive).toBe(true);
  });

  it("holds for tell: refused in the sender's call on one node, logged and dropped on the other", async () => {
    taken = [];
    await using place = await makePlace();
    const ref = place.spawn(Till);
    const tell = () => ref.recipient.tell("pay", [{ cents: "many" }], undefined);
    if (where === "between two nodes") tell();
    else expect(tell).toThrow(expect.objectContaining({ code: "badMessage" }));
    expect(await place.settle(ref.ask.pay({ cents: 1, on: new Date(0) }))).toBe("1 on 1970-01-01");
    expect(taken).toHaveLength(2);
  });
});

describe("a class whose statics name a method that it does not have", () => {
  it.each([
    ["protocol", { protocol: { pay: z.tuple([]) } }],
    ["reentrant", { reentrant: ["pay"] }],
  ])("is refused when it is spawned: %s", async (_name, statics) => {
    await using place = await (places[0] as (typeof places)[0])[1]();
    const wrong = Object.assign(class extends Actor {}, statics);
    expect(() => place.spawn(wrong)).toThrow(expect.objectContaining({ code: "invalidOption" }));
  });
});
