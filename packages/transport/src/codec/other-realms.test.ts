import { createContext, runInContext, runInThisContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { Codec } from "./codec.ts";

const codec = new Codec();

function encode(value: unknown): Buffer {
  const writer = new ByteWriter();
  codec.encode(value, writer);
  return Buffer.from(writer.bytes());
}

/** What another realm makes of `source`; each test has a realm of its own. */
function foreign(source: string, context = createContext({})): unknown {
  return runInContext(`(${source})`, context);
}

/** Made here and there by the same words, so the wire must carry the same bytes. */
const values = [
  "{}",
  "{ a: 1, b: { c: [undefined, null, true, -0] } }",
  'JSON.parse(\'{"__proto__": {"polluted": true}}\')',
  "Object.assign(Object.create(null), { a: 1 })",
  "[]",
  "[1, [2, [3]], { a: [] }]",
  "new Date(5)",
  "new Date(NaN)",
  "new Map([[1, { a: 1 }], [{ k: 1 }, new Map()]])",
  "new Set([1, 'a', new Set(), new Date(1)])",
  "new Error('e', { cause: new TypeError('t', { cause: { plain: [1] } }) })",
  "new RangeError('r')",
  "Object.assign(new Error('with a code'), { code: 'E' })",
  "Object.assign(Object.create(TypeError.prototype), { message: 'made by hand' })",
  "new (class Own extends Error { name = 'Own'; code = 7; })('own')",
  ...["Int8", "Uint8", "Uint8Clamped", "Int16", "Uint16", "Int32", "Uint32", "Float32", "Float64"].map(
    (name) => `new ${name}Array([1, 2, 3])`,
  ),
  "new BigInt64Array([-5n])",
  "new BigUint64Array([5n])",
  "new Uint8Array(70_000).fill(7)",
  "new Uint8Array(0)",
  "new Uint16Array([1, 2, 3, 4]).subarray(1, 3)",
  "new Uint8Array([1, 2, 3]).buffer",
  "new ArrayBuffer(0)",
  "new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)",
];

describe("[X10] what another realm has made", () => {
  test.each(values)("%s is what it is", (source) => {
    const here: unknown = runInThisContext(`(${source})`);
    const [there, nested] = [foreign(source), foreign(`{ in: [${source}] }`)];
    expect(codec.decode(encode(there))).toStrictEqual(codec.decode(encode(here)));
    expect(encode(there)).toEqual(encode(here));
    expect(codec.decode(encode(nested))).toStrictEqual({ in: [codec.decode(encode(here))] });
    expect(encode([there, here])).toEqual(encode([here, here]));
  });

  test("arrives as an object of this realm", () => {
    const back = codec.decode(encode(foreign("{ map: new Map(), list: [], bytes: new Int8Array(1) }")));
    const { map, list, bytes } = back as { map: unknown; list: unknown; bytes: unknown };
    expect(map).toBeInstanceOf(Map);
    expect(list).toBeInstanceOf(Array);
    expect(bytes).toBeInstanceOf(Int8Array);
    expect(back).toBeInstanceOf(Object);
  });

  test("an abort's reason, which is no error of the engine's own, travels as one", () => {
    const { reason } = AbortSignal.abort();
    expect(codec.decode(encode(reason))).toMatchObject({ name: "AbortError", message: reason.message });
  });

  test.each<[string, RegExp]>([
    ["new (class Point {})()", /an instance of Point/],
    ["new (class List extends Array {})()", /an instance of List/],
    ["new (class Table extends Map {})()", /an instance of Table/],
    ["new (class Day extends Date {})()", /an instance of Day/],
    ["new (class Bytes extends Uint8Array {})(1)", /an instance of Bytes/],
    ["Object.create({ a: 1 })", /an instance of Object/],
    ["Object.create(Map.prototype)", /an instance of Map/],
    ["Object.create(Array.prototype)", /an instance of Array/],
    ["Object.create(Uint8Array.prototype)", /an instance of Uint8Array/],
    ["new Proxy({}, {})", /a Proxy/],
    ["Promise.resolve(1)", /an instance of Promise/],
    ["/x/", /an instance of RegExp/],
    ["Object(1)", /an instance of Number/],
    ["() => 1", /a function/],
    ["new Uint8Array(new SharedArrayBuffer(1))", /shared between threads/],
    ["(() => { const fake = { constructor: function Object() {} }; return Object.create(fake); })()", /an instance/],
  ])("%s is refused as it is here", (source, message) => {
    const refused = expect.objectContaining({ code: "notSerializable", message: expect.stringMatching(message) });
    expect(() => encode(foreign(source))).toThrow(refused);
    expect(() => encode([foreign(source)])).toThrow(refused);
  });
});
