import { inspect } from "node:util";
import { addExtension, Unpackr } from "msgpackr";
import { describe, expect, test } from "vitest";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { Codec } from "./codec.ts";

const codec = new Codec();

function encode(value: unknown, by = codec): Buffer {
  const writer = new ByteWriter();
  by.encode(value, writer);
  return Buffer.from(writer.bytes());
}

const roundTrip = (value: unknown): unknown => codec.decode(encode(value));

const exact: [string, unknown][] = [
  ["null", null],
  ["undefined", undefined],
  ["true", true],
  ["false", false],
  ["every integer width", [0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]],
  ["negative integers", [-1, -32, -33, -128, -129, -32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 53) + 1]],
  ["-0", -0],
  ["-0 inside", [{ a: -0 }, 0]],
  ["NaN and infinities", [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ["fractions", [0.1, -1.5, Number.MIN_VALUE, Number.MAX_VALUE, 1e21]],
  ["small bigints", [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]],
  [
    "bigints beyond 64 bits",
    [2n ** 63n, 2n ** 64n, -(2n ** 63n) - 1n, 2n ** 1000n, -(2n ** 1000n), 255n << 64n, -(255n << 64n)],
  ],
  [
    "strings",
    ["", "a", "é", "😀", "x".repeat(31), "x".repeat(32), "x".repeat(255), "x".repeat(70_000), "ü".repeat(50_000)],
  ],
  ["lone surrogates", ["\ud800", "a\udc00b", "\udc00\ud800", { "k\udc00": { "\ud800": ["x"] } }]],
  ["byte order marks", ["\ufeff", "\ufeffab", `\ufeff${"x".repeat(100)}`, "a\ufeff", { "\ufeffk": 1 }]],
  ["strings of all lengths", Array.from({ length: 300 }, (_, i) => ["x".repeat(i), `${"y".repeat(i)}é`, i + 0.5])],
  [
    "dates",
    [new Date(0), new Date(-1), new Date(1), new Date(8.64e15), new Date(-8.64e15), new Date(1_732_161_234_567)],
  ],
  ["an invalid date", new Date(Number.NaN)],
  [
    "a map with 1, '1' and object keys",
    new Map<unknown, unknown>([
      [1, "a"],
      ["1", "b"],
      [{ k: 1 }, new Map()],
    ]),
  ],
  ["a set", new Set<unknown>([1, "1", null, undefined, new Set([1n])])],
  ["a plain object beside a map of the same content", [{ a: 1 }, new Map([["a", 1]])]],
  [
    "typed arrays",
    [
      new Int8Array([-1, 1]),
      new Uint8Array([1, 2]),
      new Uint8ClampedArray([255]),
      new Int16Array([-2]),
      new Uint16Array([2]),
      new Int32Array([-3]),
      new Uint32Array([3]),
      new Float32Array([0.5]),
      new Float64Array([Math.PI, Number.NaN]),
      new BigInt64Array([-5n]),
      new BigUint64Array([5n]),
      new Uint8Array(0),
      new Uint8Array(70_000).fill(7),
    ],
  ],
  ["buffers", [Buffer.from("abc"), Buffer.alloc(0), Buffer.alloc(300, 1), Buffer.alloc(70_000, 2)]],
  ["an ArrayBuffer and a DataView", [new Uint8Array([1, 2, 3]).buffer, new DataView(new Uint8Array([4, 5]).buffer)]],
  ["objects", { a: { b: [{ c: undefined }] }, "": 1, "with space": 2, ü: 3, ["k".repeat(300)]: 4, "\ud800": 5 }],
  ["a wide object", Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, i]))],
  ["many doubles and bigints", Array.from({ length: 5000 }, (_, i) => [i + 0.5, BigInt(i) << 40n])],
  ["a long array", Array.from({ length: 70_000 }, (_, i) => i)],
];

describe("values [T10]", () => {
  test.each(exact)("%s arrives as it was [B31][B32]", (_name, value) => {
    const back = roundTrip(value);
    expect(back).toStrictEqual(value);
    // toStrictEqual takes an invalid date for any other; inspect does not.
    expect(inspect(back, { depth: 9 })).toBe(inspect(value, { depth: 9 }));
  });

  test("a hole becomes undefined, an object without a prototype gets the usual one [B31]", () => {
    // biome-ignore lint/suspicious/noSparseArray: this is the case under test
    expect(roundTrip([1, , 3])).toStrictEqual([1, undefined, 3]);
    expect(roundTrip(Object.assign(Object.create(null), { a: 1 }))).toStrictEqual({ a: 1 });
  });

  test("a view is sent with its own bytes and no neighbours, and arrives in memory of its own [B32]", () => {
    const memory = Buffer.from("secret-PUBLIC-secret");
    const encoded = encode([memory.subarray(7, 13), new Uint8Array(memory.buffer, memory.byteOffset + 7, 6)]);
    expect(encoded.includes("secret")).toBe(false);
    const [buffer, array] = codec.decode(encoded) as [Buffer, Uint8Array];
    expect([buffer.toString(), Buffer.from(array).toString()]).toEqual(["PUBLIC", "PUBLIC"]);
    expect(array.buffer.byteLength).toBe(6);
    encoded.fill(0);
    expect(buffer.toString()).toBe("PUBLIC");
  });

  test("an error arrives with name, message, code and causes down to four, without the sender's stack [B34]", () => {
    class CustomError extends TypeError {
      override name = "CustomError";
      code = "E_CUSTOM";
    }
    let chain: Error = new Error("6");
    for (const depth of ["5", "4", "3", "2"]) chain = new Error(depth, { cause: chain });
    const back = roundTrip(new CustomError("1", { cause: chain })) as Error & { code: string };
    expect(back).toBeInstanceOf(Error);
    expect([back.name, back.message, back.code]).toEqual(["CustomError", "1", "E_CUSTOM"]);
    expect(back.stack).toBe("CustomError: 1");
    const messages: string[] = [];
    for (let one: unknown = back; one instanceof Error; one = one.cause) messages.push(one.message);
    expect(messages).toEqual(["1", "2", "3", "4"]);
    const range = roundTrip(new RangeError("r", { cause: { plain: [1] } })) as RangeError;
    expect(range).toBeInstanceOf(RangeError);
    expect(range.cause).toEqual({ plain: [1] });
    expect(Object.hasOwn(range, "name")).toBe(false);
    expect((roundTrip(new AggregateError([new Error("x")], "many")) as Error).name).toBe("AggregateError");
  });

  test("__proto__ arrives as own data and pollutes nothing [B23]", () => {
    const back = roundTrip(JSON.parse('{"__proto__": {"polluted": true}, "a": 1}')) as object;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.keys(back)).toEqual(["__proto__", "a"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("keys that mean something elsewhere arrive as own data [B23]", () => {
    const value = { constructor: { prototype: 1 }, hasOwnProperty: 1, toJSON: "x", toString: 2, valueOf: null };
    expect(Object.entries(roundTrip(value) as object)).toEqual(Object.entries(value));
  });

  test("what an object says of itself does not change how it is sent", () => {
    const array = Object.assign([1, { a: 2 }], { constructor: Object, extra: () => 1 });
    const object = Object.defineProperties(
      { a: 1 },
      { constructor: { value: Map }, toJSON: { value: () => "other" }, hidden: { value: () => 1 } },
    );
    expect(roundTrip([array, object])).toStrictEqual([[1, { a: 2 }], { a: 1 }]);
  });

  test("a getter is asked once, and what it does to what was checked before comes too late", () => {
    let asked = 0;
    const list: unknown[] = [1];
    const counter = {
      get next() {
        list[0] = () => {};
        return ++asked;
      },
    };
    expect(roundTrip([list, counter])).toStrictEqual([[1], { next: 1 }]);
    expect(asked).toBe(1);
  });

  test("an error's texts and number cross exactly [B34]", () => {
    const back = roundTrip(Object.assign(new Error("\ud800"), { name: "\ufeffName", code: -0 })) as Error;
    expect([back.message, back.name, (back as { code?: unknown }).code]).toEqual(["\ud800", "\ufeffName", -0]);
  });

  test("values above 64 KiB arrive in memory of their own as well [B32]", () => {
    const encoded = encode([Buffer.from("PUBLIC"), "x".repeat(100_000), new Uint8Array([1, 2])]);
    const [buffer, , array] = codec.decode(encoded) as [Buffer, string, Uint8Array];
    const keys = Object.keys(encoded).filter((key) => Number.isNaN(Number(key)));
    encoded.fill(0);
    expect([buffer.toString(), buffer.buffer === encoded.buffer, keys]).toEqual(["PUBLIC", false, []]);
    expect([...array]).toEqual([1, 2]);
  });

  test("somebody else with the same extension type in this process does not get in the way", () => {
    const encoded = encode([-0]);
    addExtension({ type: 0x5e, read: () => "theirs" });
    expect(codec.decode(encoded)).toStrictEqual([-0]);
    expect(() => new Unpackr({ useRecords: false }).unpack(encoded)).toThrow("belongs to Foundation's codec");
  });

  test("references cross as their owner encodes them", () => {
    class Ref {
      readonly id: string;
      constructor(id: string) {
        this.id = id;
      }
    }
    const withRefs = new Codec({
      reference: {
        is: (value) => value instanceof Ref,
        encode: (value) => [(value as Ref).id],
        decode: (plain) => {
          if (!Array.isArray(plain) || typeof plain[0] !== "string") throw new Error("not a ref");
          return new Ref(plain[0]);
        },
      },
    });
    const bytes = encode({ to: [new Ref("x")] }, withRefs);
    expect(withRefs.decode(bytes)).toEqual({ to: [new Ref("x")] });
    expect(() => codec.decode(bytes)).toThrow(expect.objectContaining({ code: "malformed" }));
    expect(() => encode(new Ref("x"))).toThrow(expect.objectContaining({ code: "notSerializable" }));
    const hostileRefs = [
      [0xd4, 0x52, 0, 0x90],
      [0xd4, 0x5e, 0, 0x92, 7, 0x90],
      [0xd4, 0x5e, 0, 0x91, 7],
      [0xd4, 0x5e, 0, 0x93, 7, 0x90, 0x90],
    ];
    for (const hostile of hostileRefs) {
      expect(() => withRefs.decode(Buffer.from(hostile))).toThrow(expect.objectContaining({ code: "malformed" }));
    }
  });

  test("a reference that is decoded by decoding is refused, and the codec goes on", () => {
    const inner = encode([1]);
    const nested = new Codec({
      reference: { is: (value) => value instanceof URL, encode: () => [], decode: () => codec.decode(inner) },
    });
    const bytes = encode([new URL("foundation:x"), Buffer.from("a")], nested);
    expect(() => nested.decode(bytes)).toThrow(expect.objectContaining({ code: "malformed" }));
    expect(codec.decode(inner)).toEqual([1]);
  });

  test("plain data is standard MessagePack, as msgpackr reads it", () => {
    const value = {
      s: "text",
      n: [1, -1, 300, 1.5, -40_000],
      b: true,
      z: null,
      o: { deep: ["ü"] },
      u: undefined,
      big: 2n ** 70n,
    };
    expect(new Unpackr({ useRecords: false, moreTypes: true, mapsAsObjects: true }).unpack(encode(value))).toEqual(
      value,
    );
  });
});

describe("refused at the sender [B33]", () => {
  class Thing {}
  const transferred = (): Uint8Array => {
    const bytes = new Uint8Array(4);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  };
  const cycle: Record<string, unknown> = { a: 1 };
  cycle.self = cycle;
  const refused: [string, unknown, RegExp][] = [
    ["a function", { a: [0, { b: () => 1 }] }, /\$\.a\[1\]\.b cannot be sent: a function/],
    ["a symbol", [Symbol("x")], /\$\[0\].*a symbol/],
    ["a promise", Promise.resolve(), /\$ .*Promise/],
    ["a class instance", { t: new Thing() }, /\$\.t .*Thing/],
    ["a subclass of Array", [new (class List extends Array {})()], /List/],
    ["a subclass of Map", new (class Table extends Map {})(), /Table/],
    ["a proxy", { p: new Proxy({}, {}) }, /\$\.p .*Proxy/],
    ["a proxy of an array", new Proxy([], {}), /Proxy/],
    ["a weak map", new WeakMap(), /WeakMap/],
    ["a regular expression", /x/, /RegExp/],
    ["a boxed number", Object(1), /Number/],
    ["a cycle", cycle, /\$\.self\.self.*contains itself/],
    ["shared memory", new SharedArrayBuffer(8), /SharedArrayBuffer/],
    ["a view of shared memory", { v: new Uint8Array(new SharedArrayBuffer(8)) }, /\$\.v .*shared/],
    ["memory that was given away", { m: transferred() }, /\$\.m .*another thread/],
    ["a toJSON method", { toJSON: () => 1 }, /\$\.toJSON/],
    // biome-ignore lint/suspicious/noThenProperty: a plain object that looks like a promise is the case under test
    ["a thenable", { then: () => {} }, /\$\.then/],
    [
      "a throwing getter",
      {
        get x() {
          throw new Error("boom");
        },
      },
      /\$\.x .*getter threw/,
    ],
    ["a function among map keys", new Map([[() => 1, 1]]), /\$\.key 0/],
    ["a claim of four billion elements", new Array(4_000_000_000), /1000000 values/],
    ["a huge bigint", 1n << 70_000n, /bigint above/],
  ];
  test.each(refused)("%s, with nothing written", (_name, value, message) => {
    const writer = new ByteWriter();
    writer.string("before");
    const before = writer.length;
    expect(() => codec.encode(value, writer)).toThrow(
      expect.objectContaining({ code: "notSerializable", message: expect.stringMatching(message) }),
    );
    expect(writer.length).toBe(before);
  });

  test("64 levels pass, 65 do not [B21]", () => {
    const nest = (levels: number): unknown => {
      let value: unknown = 1;
      for (let i = 0; i < levels; i++) value = [value];
      return value;
    };
    expect(roundTrip(nest(64))).toEqual(nest(64));
    expect(() => encode(nest(65))).toThrow(expect.objectContaining({ code: "notSerializable" }));
    expect(() => encode(nest(100_000))).toThrow(expect.objectContaining({ code: "notSerializable" }));
  });
});

describe("hostile bytes", () => {
  const repeat = (bytes: number[], count: number, end: number[] = []): Buffer =>
    Buffer.concat([Buffer.alloc(bytes.length * count, Buffer.from(bytes)), Buffer.from(end)]);
  const hostile: [string, Buffer][] = [
    ["nothing [B19]", Buffer.alloc(0)],
    ["0xc1 [B19]", Buffer.from([0xc1])],
    ["bytes after the value [B19]", Buffer.from([0x01, 0x02])],
    ["an unknown extension [B19]", Buffer.from([0xc7, 1, 0x20, 0])],
    ["array32 that claims everything [B20]", Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])],
    ["map32 that claims everything [B20]", Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61, 1])],
    ["str32 that claims everything [B20]", Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff])],
    ["bin32 that claims everything [B20]", Buffer.from([0xc6, 0xff, 0xff, 0xff, 0xff])],
    ["ext32 that claims everything [B20]", Buffer.from([0xc9, 0xff, 0xff, 0xff, 0xff, 0x74])],
    ["65 levels [B21]", repeat([0x91], 65, [1])],
    ["1,000 levels [B21]", repeat([0x91], 1000, [1])],
    ["a million levels of arrays [B21]", repeat([0x91], 1_000_000, [1])],
    ["a million levels of maps [B21]", repeat([0x81, 0xa1, 0x61], 1_000_000, [1])],
    ["a million levels of sets [B21]", repeat([0xd4, 0x73, 0, 0x91], 1_000_000, [1])],
    ["a million levels of causes [B21]", repeat([0xd4, 0x65, 0, 0x94, 0xa0, 0xa0, 0xc0], 1_000_000, [1])],
    [
      "a megabyte of errors [B22]",
      Buffer.concat([Buffer.from([0xdd, 0, 2, 0x49, 0xf0]), repeat([0xd4, 0x65, 0, 0x93, 0xa0, 0xa0, 0xc0], 150_000)]),
    ],
    ["a regular expression [B22]", Buffer.from([0xd4, 0x78, 0, 0x92, 0xa6, ...Buffer.from("^(a+)+"), 0xa0])],
    ["a record definition [B24]", Buffer.from([0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1])],
    ["a structured-clone pointer [B24]", Buffer.from([0xd6, 0x70, 0, 0, 0, 1])],
    ["a structured-clone id [B24]", Buffer.from([0xd6, 0x69, 0, 0, 0, 1, 0x90])],
    ["bundled strings [B24]", Buffer.from([0xd6, 0x62, 0, 0, 0, 1, 0x90])],
    ["a MessagePack timestamp", Buffer.from([0xd6, 0xff, 0, 0, 0, 1])],
    ["an empty bigint", Buffer.from([0xc7, 0, 0x42])],
    ["a short date", Buffer.from([0xd6, 0x44, 0, 0, 0, 0])],
    ["a float array of three bytes", Buffer.from([0xc7, 4, 0x74, 8, 1, 2, 3])],
    ["an unknown kind of array", Buffer.from([0xc7, 2, 0x74, 99, 1])],
    ["an empty kind of array", Buffer.from([0xc7, 0, 0x74])],
    ["half a surrogate", Buffer.from([0xc7, 1, 0x75, 1])],
    ["invalid UTF-8", Buffer.from([0xa2, 0xc3, 0x28])],
    ["invalid UTF-8 in a key", Buffer.from([0x81, 0xa1, 0xff, 1])],
    ["a number as key", Buffer.from([0x81, 1, 1])],
    ["a map with a key too many", Buffer.from([0xd4, 0x6d, 0, 0x91, 1])],
    ["an error without a name", Buffer.from([0xd4, 0x65, 0, 0x93, 1, 0xa0, 0xc0])],
    ["a string with a byte order mark", Buffer.from([0xa4, 0xef, 0xbb, 0xbf, 0x61])],
    ["a million levels of packed maps [B21]", repeat([0xd4, 0x5e, 0, 0x93, 3, 1], 1_000_000, [1])],
    ["a million levels of packed causes [B21]", repeat([0xd4, 0x5e, 0, 0x95, 5, 0xa0, 0xa0, 0xc0], 1_000_000, [1])],
    ["five errors in a chain", repeat([0xd4, 0x5e, 0, 0x95, 5, 0xa0, 0xa0, 0xc0], 5, [1])],
    [
      "a megabyte of packed errors [B22]",
      Buffer.concat([
        Buffer.from([0xdd, 0, 2, 0x49, 0xf0]),
        repeat([0xd4, 0x5e, 0, 0x94, 5, 0xa0, 0xa0, 0xc0], 150_000),
      ]),
    ],
    ["a packed map that claims everything [B20]", Buffer.from([0xd4, 0x5e, 0, 0xdd, 0xff, 0xff, 0xff, 0xff, 3])],
    ["a packed value that is no array", Buffer.from([0xd4, 0x5e, 0, 1])],
    ["a packed value without a kind", Buffer.from([0xd4, 0x5e, 0, 0x90])],
    ["a packed value of an unknown kind", Buffer.from([0xd4, 0x5e, 0, 0x91, 8])],
    ["a packed value with a filler", Buffer.from([0xd4, 0x5e, 1, 0x91, 0])],
    ["a packed value in the long form", Buffer.from([0xc7, 2, 0x5e, 0x91, 0])],
    ["a packed -0 with more", Buffer.from([0xd4, 0x5e, 0, 0x92, 0, 0])],
    ["a packed date of text", Buffer.from([0xd4, 0x5e, 0, 0x92, 1, 0xa0])],
    ["a packed date of a packed -0", Buffer.from([0xd4, 0x5e, 0, 0x92, 1, 0xd4, 0x5e, 0, 0x91, 0])],
    ["a packed text of half a unit", Buffer.from([0xd4, 0x5e, 0, 0x92, 2, 0xc4, 1, 0])],
    ["a packed text of a string", Buffer.from([0xd4, 0x5e, 0, 0x92, 2, 0xa2, 0x61, 0x61])],
    ["a packed map with a key too many", Buffer.from([0xd4, 0x5e, 0, 0x92, 3, 1])],
    ["a packed error without a name", Buffer.from([0xd4, 0x5e, 0, 0x94, 5, 1, 0xa0, 0xc0])],
    ["a packed error with an array for a code", Buffer.from([0xd4, 0x5e, 0, 0x94, 5, 0xa0, 0xa0, 0x90])],
    ["a packed error with a map for a code", Buffer.from([0xd4, 0x5e, 0, 0x94, 5, 0xa0, 0xa0, 0xd4, 0x5e, 0, 0x91, 3])],
    ["packed entries with a number as key", Buffer.from([0xd4, 0x5e, 0, 0x93, 6, 1, 1])],
    ["a reference where none are known", Buffer.from([0xd4, 0x5e, 0, 0x92, 7, 0x90])],
    ["undefined in the long form", Buffer.from([0xc7, 1, 0, 0])],
    ["a truncated double", Buffer.from([0xcb, 1, 2])],
  ];
  // The longest of them takes milliseconds; one that takes seconds has hung the event loop.
  test.each(hostile)("%s: malformed at once", { timeout: 5_000 }, (_name, bytes) => {
    expect(() => codec.decode(bytes)).toThrow(expect.objectContaining({ code: "malformed" }));
  });

  test("mutated and truncated values never lead to anything but a value or malformed", () => {
    let state = 20_261_121;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const seeds = exact
      .filter(([name]) => !/wide|long|strings|typed|buffers/.test(name))
      .map(([, value]) => encode(value));
    seeds.push(
      encode({
        a: [
          1,
          "two",
          new Map([[1, new Set([2n ** 80n])]]),
          new Error("x", { cause: 1 }),
          JSON.parse('{"__proto__": -0.0, "\\ud800": "\\udc00"}'),
          new Date(5),
          Buffer.from("z"),
        ],
      }),
    );
    for (let round = 0; round < 60_000; round++) {
      const bytes = Buffer.from(seeds[random(seeds.length)] as Buffer);
      for (let edits = 1 + random(3); edits > 0; edits--) bytes[random(bytes.length)] = random(256);
      const cut = random(4) === 0 ? bytes.subarray(0, random(bytes.length + 1)) : bytes;
      try {
        codec.decode(cut);
      } catch (error) {
        if ((error as { code?: unknown }).code !== "malformed") throw new Error(cut.toString("hex"), { cause: error });
      }
    }
  });
});
