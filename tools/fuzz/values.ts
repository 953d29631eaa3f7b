import type { SeededRandom } from "../../packages/testkit/src/world/seeded-random.ts";

const texts = [
  "",
  "a",
  "text",
  "__proto__",
  "constructor",
  "then",
  "toJSON",
  "\ud800",
  "\udfff",
  "\ufeffx",
  "\u{1f600}",
  "x".repeat(40),
  "ü".repeat(300),
];
const numbers = [
  0,
  -0,
  1,
  -1,
  0.1,
  -1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  2 ** 64,
];
const bigints = [
  0n,
  -1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 64n - 1n,
  2n ** 64n,
  -(2n ** 65n),
  2n ** 500n,
  -(2n ** 1000n) + 1n,
];
const dates = [0, 1, -1, 8.64e15, -8.64e15, Number.NaN, 1_700_000_000_123];
const views = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];
const errors = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];

/** A value of the value table, exactly as it has to arrive. */
export function randomValue(random: SeededRandom, depth = 0): unknown {
  if (depth > 5 || random.chance(0.4)) return randomLeaf(random);
  const items = (): unknown[] => Array.from({ length: random.integer(0, 5) }, () => randomValue(random, depth + 1));
  switch (random.integer(0, 4)) {
    case 0:
      return items();
    case 1:
      return randomObject(random, depth);
    case 2:
      return new Map(items().map((value) => [randomLeaf(random), value]));
    case 3:
      return new Set(items());
    default:
      return randomError(random, depth);
  }
}

function randomObject(random: SeededRandom, depth: number): object {
  const object = {};
  for (let left = random.integer(0, 5); left > 0; left--) {
    const value = randomValue(random, depth + 1);
    Object.defineProperty(object, random.pick(texts), { value, enumerable: true, writable: true, configurable: true });
  }
  return object;
}

function randomLeaf(random: SeededRandom): unknown {
  switch (random.integer(0, 9)) {
    case 0:
      return random.pick([null, undefined, true, false]);
    case 1:
      return random.pick(numbers);
    case 2:
      return random.integer(-100_000, 100_000);
    case 3:
      return random.next();
    case 4:
      return random.pick(bigints);
    case 5:
      return new Date(random.pick(dates));
    case 6:
      return Buffer.from(random.bytes(random.integer(0, 80)));
    case 7:
      return randomView(random);
    default:
      return random.pick(texts);
  }
}

function randomView(random: SeededRandom): unknown {
  const memory = random.bytes(8 * random.integer(0, 12)).buffer as ArrayBuffer;
  if (random.chance(0.1)) return memory;
  if (random.chance(0.1)) return new DataView(memory);
  return new (random.pick(views))(memory);
}

function randomError(random: SeededRandom, depth: number): Error {
  const cause = random.chance(0.4) && depth < 3 ? { cause: randomValue(random, depth + 2) } : undefined;
  const error = new (random.pick(errors))(random.pick(texts), cause);
  if (random.chance(0.5)) Object.assign(error, { code: random.pick(["E_CODE", "", 7, -0, Number.NaN]) });
  return error;
}
