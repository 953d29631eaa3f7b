import type { SeededRandom } from "../../packages/testkit/src/world/seeded-random.ts";

/** Bytes at which decoders turn: ends of ranges, of varints, and the longest forms of MessagePack. */
const turningBytes = [
  0, 1, 2, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x9f, 0xa0, 0xc1, 0xc6, 0xc7, 0xc9, 0xd4, 0xdb, 0xdd, 0xdf, 0xff,
];
const inputBytesMax = 64 * 1024;

type Mutation = (input: Buffer, random: SeededRandom, captures: readonly Uint8Array[]) => Buffer;

const flipBit: Mutation = (input, random) => {
  const at = random.integer(0, input.length - 1);
  input[at] = (input[at] as number) ^ (1 << random.integer(0, 7));
  return input;
};

const setByte: Mutation = (input, random) => {
  input[random.integer(0, input.length - 1)] = random.pick(turningBytes);
  return input;
};

const truncate: Mutation = (input, random) => input.subarray(0, random.integer(0, input.length - 1));

const insert: Mutation = (input, random) => {
  const at = random.integer(0, input.length);
  const added = randomBytes(random, random.integer(1, 16));
  return Buffer.concat([input.subarray(0, at), added, input.subarray(at)]);
};

const remove: Mutation = (input, random) => {
  const at = random.integer(0, input.length - 1);
  return Buffer.concat([input.subarray(0, at), input.subarray(at + random.integer(1, 8))]);
};

const repeat: Mutation = (input, random) => {
  const start = random.integer(0, input.length - 1);
  const part = input.subarray(start, start + random.integer(1, 64));
  const times = Math.floor(random.spread(1, 500));
  return Buffer.concat([input.subarray(0, start), ...Array<Buffer>(times).fill(part), input.subarray(start)]);
};

const splice: Mutation = (input, random, captures) => {
  const other = random.pick(captures);
  const head = input.subarray(0, random.integer(0, input.length));
  return Buffer.concat([head, other.subarray(random.integer(0, other.length))]);
};

/** Overwrites what may be a length: a varint, or one of the lengths of MessagePack. */
const setLength: Mutation = (input, random) => {
  const at = random.integer(0, input.length - 1);
  const length = random.pick([0, 1, 2 ** 7, 2 ** 14, 2 ** 16 - 1, 2 ** 24, 2 ** 31, 2 ** 32 - 1, 2 ** 53 - 1]);
  const field = random.chance(0.5) ? varint(length) : bigEndian(length, random.pick([1, 2, 4]));
  return Buffer.concat([input.subarray(0, at), field, input.subarray(at + field.length)]);
};

const mutations: readonly Mutation[] = [
  flipBit,
  flipBit,
  setByte,
  setByte,
  truncate,
  insert,
  remove,
  repeat,
  splice,
  setLength,
];

/** One of `captures`, changed in one to four places. */
export function mutate(captures: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  let input = Buffer.from(random.pick(captures));
  for (let left = random.integer(1, 4); left > 0 && input.length > 0; left--) {
    input = random.pick(mutations)(input, random, captures).subarray(0, inputBytesMax) as Buffer<ArrayBuffer>;
  }
  return input;
}

/** As the protocol has it: seven bits a byte, lowest first. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function bigEndian(value: number, bytes: number): Buffer {
  const field = Buffer.alloc(bytes);
  field.writeUIntBE(value % 2 ** (8 * bytes), 0, bytes);
  return field;
}

/** Random bytes, four from each number. */
export function randomBytes(random: SeededRandom, length: number): Buffer {
  const bytes = Buffer.alloc(length + 4);
  for (let at = 0; at < length; at += 4) bytes.writeUInt32LE(Math.floor(random.next() * 2 ** 32), at);
  return bytes.subarray(0, length);
}
