// What a message may carry arrives the same over a real link and, with `simulateRemote`, from an actor of the same node.
import { inspect } from "node:util";
import { Actor, ActorRef, type Node, Rejection } from "@foundation/runtime";
import { createTestSystem, TestProbe, World } from "@foundation/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

class Point {
  readonly x = 1;
}

class OutOfStock extends Error {
  override readonly name = "OutOfStock";
  readonly code = "outOfStock";
  readonly lost: string = "fields of one's own";
}

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

/** The value table of docs/reference/values.md, line by line. */
const table: readonly [string, unknown][] = [
  ["null, undefined, booleans", [null, undefined, true, false]],
  ["strings", ["", "é😀", "\ud800", "x".repeat(40_000)]],
  ["numbers", [0, -0, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ["bigints", [0n, -1n, 2n ** 64n, -(2n ** 1_000n)]],
  // biome-ignore lint/suspicious/noSparseArray: this is the case under test
  ["an array with a hole", [1, , 3]],
  ["an array with a property", Object.assign([1], { extra: 2 })],
  ["a plain object", { a: { b: [{ c: undefined }] }, "": 1 }],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 })],
  ["an object with a getter", Object.defineProperty({}, "a", { get: () => 7, enumerable: true })],
  ["an object with a symbol and a hidden field", Object.defineProperty({ [Symbol("s")]: 1, a: 1 }, "h", { value: 1 })],
  ["a key __proto__", JSON.parse('{"__proto__": {"polluted": true}}')],
  ["dates", [new Date(0), new Date(-1), new Date(Number.NaN)]],
  [
    "a Map",
    new Map<unknown, unknown>([
      [1, "a"],
      ["1", new Map()],
      [{ k: 1 }, null],
    ]),
  ],
  ["a Set", new Set<unknown>([1, "1", new Set([1n])])],
  ["a Buffer", Buffer.from("abc")],
  ["a view of a larger buffer", new Uint8Array([1, 2, 3, 4]).subarray(1, 3)],
  ["typed arrays", [new Float64Array([Math.PI, -0]), new BigInt64Array([-5n]), new Uint8ClampedArray([255])]],
  ["an ArrayBuffer and a DataView", [new Uint8Array([1, 2]).buffer, new DataView(new Uint8Array([4]).buffer)]],
  ["an Error with a cause", new TypeError("t", { cause: new Error("c", { cause: { plain: [1] } }) })],
  ["an Error of a class of one's own", new OutOfStock("none left")],
  ["an AggregateError", new AggregateError([new Error("x")], "many")],
  ["one object in two places", ((twice) => [twice, twice])({ a: 1 })],
  ["a function", { on: { click: () => 1 } }],
  ["a symbol", [Symbol("s")]],
  ["a promise", [Promise.resolve(1)]],
  ["an instance of a class", { at: new Point() }],
  ["an instance of a subclass of Array", new (class List extends Array {})()],
  ["a RegExp", [/x/]],
  ["a WeakMap", { cache: new WeakMap() }],
  ["a boxed number", Object(1)],
  ["a cycle", cyclic],
  ["shared memory", new Uint8Array(new SharedArrayBuffer(1))],
];

/** Shows what it is given, so that nothing of the way back can hide what arrived. */
class Mirror extends Actor {
  readonly #made: readonly unknown[] = table.map(([, value]) => value);
  #seen = "";

  show(value: unknown): string {
    return (this.#seen = describeValue(value));
  }
  seen(): string {
    return this.#seen;
  }
  make(index: number): unknown {
    return this.#made[index];
  }
  async makeLater(index: number): Promise<unknown> {
    return this.#made[index];
  }
  reject(index: number): never {
    throw new Rejection(new OutOfStock(`number ${index}`, { cause: this.#made[index] }));
  }
  crash(index: number): never {
    throw this.#made[index];
  }
  askedFor(ref: ActorRef<Mirror>): Promise<string> {
    return ref.ask.show("through a ref");
  }
  giveRef(): { it: ActorRef } {
    return { it: this.self() };
  }
  protected override receive(message: unknown): void {
    this.#seen = describeValue(message);
  }
}

/** A value in every detail: what its inspection shows, and of which built-in it is. */
function describeValue(value: unknown): string {
  return inspect(value, { depth: 9, showHidden: true, maxStringLength: 100, sorted: true }).replace(
    / {2,}at .*\n?/g,
    "",
  );
}

/** What came of `work`: its value, or its error with everything that travels with one. */
async function outcome(work: () => unknown): Promise<string> {
  try {
    return describeValue(await work());
  } catch (error) {
    if (!(error instanceof Error)) return `threw ${describeValue(error)}`;
    const { name, message, cause, code } = error as Error & { code?: unknown };
    return `threw ${describeValue({ name, message, code, cause, class: Object.prototype.toString.call(error) })}`;
  }
}

describe("values that travel [T10]", () => {
  const world = new World({ seed: 10 });
  const near = createTestSystem({ logLevel: "silent" });
  let node: Node;
  /** Reaches a new actor of class Mirror each time: near in the same system, far on another node. */
  const mirrors: { near: () => ActorRef<Mirror>; far: () => ActorRef<Mirror> } = {
    near: () => near.system.spawn(Mirror),
    far: () => {
      throw new Error("not yet");
    },
  };
  beforeAll(async () => {
    const [a, b] = await world.startAll("a", "b");
    node = a.node;
    let count = 0;
    mirrors.far = () => {
      const { nodeId, incarnation } = b.node.membership.self;
      const ref = b.node.spawn(Mirror, { name: `mirror-${count++}` });
      const [, id = 0] = ref.recipient.label.split("/");
      return node.membership.messages.ref([nodeId, incarnation, Number(id)]) as ActorRef<Mirror>;
    };
  });
  afterAll(() => near.stop());

  /** The same work near and far, and what came of it. */
  async function both(work: (ref: ActorRef<Mirror>) => unknown): Promise<[near: string, far: string]> {
    const [nearRef, farRef] = [mirrors.near(), mirrors.far()];
    const here = await near.time.settle(outcome(() => work(nearRef)));
    const there = await world.settle(outcome(() => work(farRef)));
    return [here, there];
  }

  describe.each(table.map(([name, value], index) => [name, { value, index }] as const))(
    "%s",
    (_name, { value, index }) => {
      it("as an argument of ask, tell and send", async () => {
        const [asked, askedFar] = await both((ref) => ref.ask.show(value));
        expect(asked).toBe(askedFar);
        const [told, toldFar] = await both((ref) => {
          ref.tell.show(value);
          return ref.ask.seen();
        });
        expect(told).toBe(toldFar);
        expect(told).toBe(asked);
        const [sent, sentFar] = await both((ref) => {
          ref.send(value);
          return ref.ask.seen();
        });
        expect(sent).toBe(sentFar);
      });

      it("as a result, at once and later", async () => {
        const [made, madeFar] = await both((ref) => ref.ask.make(index));
        expect(made).toBe(madeFar);
        expect(await both((ref) => ref.ask.makeLater(index))).toEqual([made, made]);
      });

      it("as a thrown value, and as the cause of a rejection", async () => {
        const [thrown, thrownFar] = await both((ref) => ref.ask.crash(index));
        expect(thrown).toBe(thrownFar);
        const [rejected, rejectedFar] = await both((ref) => ref.ask.reject(index));
        expect(rejected).toBe(rejectedFar);
      });
    },
  );

  it("refs in messages and in results reach their actor, near and far", async () => {
    const helper = near.system.spawn(Mirror);
    const own = node.spawn(Mirror);
    const here = mirrors.near();
    const there = mirrors.far();
    const patient = { timeoutMs: 60_000 };
    expect(await near.time.settle(here.ask.askedFor(helper.with(patient)))).toBe("'through a ref'");
    expect(await world.settle(there.ask.askedFor(own.with(patient)))).toBe("'through a ref'");
    const { it: backHere } = await near.time.settle(here.ask.giveRef());
    const { it: backThere } = await world.settle(there.ask.giveRef());
    expect([backHere.equals(here), backThere.equals(there)]).toEqual([true, true]);
    expect([backHere, backThere].every((ref) => ref instanceof ActorRef)).toBe(true);
  });

  it("an ask that nobody has seen ends with the same error, near and far", async () => {
    const [gone, goneFar] = await both(async (ref) => {
      await ref.ask.crash(0).catch(() => {});
      return ref.ask.seen();
    });
    expect(gone).toContain("code: 'noproc'");
    expect(goneFar).toContain("code: 'noproc'");
  });

  it("what a probe is given is what another node would get", async () => {
    const probe = new TestProbe(near.system);
    probe.ref.send(new OutOfStock("none left"));
    const { message } = (await near.time.settle(probe.expectMessage())) as { message: unknown };
    expect(message).toBeInstanceOf(Error);
    expect(message).not.toBeInstanceOf(OutOfStock);
    expect(message).not.toHaveProperty("lost");
  });
});
