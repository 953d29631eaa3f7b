import { isDeepStrictEqual } from "node:util";
import { ByteWriter, Codec } from "@foundation/transport";
import { SeededRandom } from "../../packages/testkit/src/world/seeded-random.ts";
import { varint } from "./mutation.ts";
import { Finding, type FuzzTarget } from "./target.ts";
import { randomValue } from "./values.ts";

const codec = new Codec({
  reference: {
    is: (value) => value instanceof Reference,
    encode: (value) => (value as Reference).plain,
    decode: (plain) => new Reference(plain),
  },
});

class Reference {
  readonly plain: unknown;
  constructor(plain: unknown) {
    this.plain = plain;
  }
}

/** Payloads. What is decoded has to stay the same when it goes on to somebody else. */
export function valueTarget(): FuzzTarget {
  const random = new SeededRandom(1, "captures of values");
  const captures = Array.from({ length: 200 }, () => encoded(randomValue(random)));
  return { name: "value", captures, generate, read };
}

/** Values that were made here: they have to arrive exactly as they were. */
export function roundTripTarget(): FuzzTarget {
  const generateSeed = (random: SeededRandom): Uint8Array => random.bytes(8);
  return { name: "round-trip", captures: [new Uint8Array(8)], generate: generateSeed, read: readRoundTrip };
}

function encoded(value: unknown): Uint8Array {
  const writer = new ByteWriter();
  codec.encode(value, writer);
  return writer.bytes().slice();
}

function read(input: Uint8Array): void {
  const before = Buffer.from(input);
  const value = tryDecode(input);
  if (!before.equals(input)) throw new Finding("decoding changed the bytes");
  if (value === undefined) return;
  if (({} as { polluted?: unknown }).polluted !== undefined) throw new Finding("a prototype was polluted");
  const again = tryEncode(value.decoded);
  if (again === undefined) return;
  const copy = codec.decode(again);
  if (!isDeepStrictEqual(copy, value.decoded)) throw new Finding("what was decoded changes on the next hop");
}

function tryDecode(input: Uint8Array): { decoded: unknown } | undefined {
  try {
    return { decoded: codec.decode(input) };
  } catch (error) {
    if ((error as { code?: unknown }).code === "malformed") return undefined;
    throw error;
  }
}

function tryEncode(value: unknown): Uint8Array | undefined {
  try {
    return encoded(value);
  } catch (error) {
    // A value may grow over a limit on its way back; it is refused to its sender then.
    if ((error as { code?: unknown }).code === "notSerializable") return undefined;
    throw error;
  }
}

function readRoundTrip(input: Uint8Array): void {
  const seed = Buffer.concat([input, Buffer.alloc(8)]).readUInt32LE(0);
  const value = randomValue(new SeededRandom(seed, String(input.length)));
  const bytes = tryEncode(value);
  if (bytes === undefined) throw new Finding("a value of the table was refused");
  const copy = codec.decode(bytes);
  if (!isDeepStrictEqual(copy, value)) throw new Finding("a value has changed on its way");
  if (!Buffer.from(encoded(copy)).equals(bytes)) throw new Finding("the same value was encoded in two ways");
}

/** Bytes by the grammar of MessagePack, with the extensions, and lengths that lie now and then. */
function generate(random: SeededRandom): Uint8Array {
  const parts: Uint8Array[] = [];
  let left = Math.floor(random.spread(1, 400));
  const length = (real: number): number =>
    random.chance(0.03) ? random.pick([0, real + 1, 2 ** 16, 2 ** 32 - 1]) : real;
  const head = (token: number, bytes: number, count: number): void => {
    const field = Buffer.alloc(bytes + 1);
    field[0] = token;
    if (bytes > 0) field.writeUIntBE(length(count) % 2 ** (8 * bytes), 1, bytes);
    parts.push(field);
  };
  const text = (): void => {
    const bytes = random.chance(0.9)
      ? Buffer.from(random.pick(["", "a", "__proto__", "then", "ü"]))
      : Buffer.from(random.bytes(3));
    head(0xd9, 1, bytes.length);
    parts.push(bytes);
  };
  const value = (depth: number): void => {
    if (left-- <= 0 || depth > 70) return void parts.push(Uint8Array.of(random.pick([0, 0xc0, 0xc2, 0xff])));
    const count = random.integer(0, 4);
    const members = (many: number): void => {
      for (let i = 0; i < many; i++) value(depth + 1);
    };
    switch (random.integer(0, 11)) {
      case 0:
        return void parts.push(random.bytes(1));
      case 1:
        return text();
      case 2:
        head(random.pick([0xdc, 0xdd]), 2, count);
        return members(count);
      case 3:
        head(0xde, 2, count);
        for (let i = 0; i < count; i++) {
          text();
          value(depth + 1);
        }
        return;
      case 4:
        parts.push(Uint8Array.of(0xd4, 0x5e, 0, 0x91 + count, random.integer(0, 8)));
        return members(count);
      case 5:
        parts.push(Uint8Array.of(0xd4, 0x5e, 0, 0x92, 2, 0xc4, count * 2), random.bytes(count * 2));
        return;
      case 6:
        parts.push(
          Uint8Array.of(0xc7, count + 1, random.pick([0x42, 0x74, 0x74, 0x78]), random.integer(0, 18)),
          random.bytes(count),
        );
        return;
      case 7:
        return void parts.push(Uint8Array.of(random.pick([0xca, 0xce, 0xd2])), random.bytes(4));
      case 8:
        return void parts.push(Uint8Array.of(random.pick([0xcb, 0xcf, 0xd3])), random.bytes(8));
      case 9:
        return void parts.push(Uint8Array.of(0xd4, random.pick([0, 0x5e, 0x72, 0x70]), random.integer(0, 1)));
      case 10:
        parts.push(Uint8Array.of(0x90 | 1));
        return members(1);
      default:
        return void parts.push(varint(random.integer(0, 127)));
    }
  };
  value(0);
  return Buffer.concat(parts);
}
