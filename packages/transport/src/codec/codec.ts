import { OptionTable, optionRule } from "@foundation/actor/spi";
import type { ByteReader } from "../bytes/byte-reader.ts";
import type { ByteWriter } from "../bytes/byte-writer.ts";
import { refuseOption } from "../refuse-option.ts";
import { type CodecLimits, defaultLimits, type ReferenceCodec } from "./extension.ts";
import { notFlat, readFlat, writeFlat } from "./flat-values.ts";
import { packInto, unpackFrom } from "./message-pack.ts";
import { ValuePreparation } from "./value-preparation.ts";
import { ValueScanner } from "./value-scanner.ts";

/** Settings of {@link Codec}. */
export interface CodecOptions {
  /** The one kind of object besides plain data that may cross. Default: none. */
  readonly reference?: ReferenceCodec;
  /** Where the default limits do not fit. */
  readonly limits?: Partial<CodecLimits>;
}

const atLeastOne = optionRule.wholeNumber({ min: 1 });

const limitsTable = new OptionTable<CodecLimits>(
  "Codec",
  {
    depthMax: atLeastOne,
    nodesMax: atLeastOne,
    errorsMax: optionRule.wholeNumber({ min: 0 }),
    bigintBytesMax: atLeastOne,
    causeDepthMax: optionRule.wholeNumber({ min: 0 }),
  },
  refuseOption,
);

const optionTable = new OptionTable<CodecOptions>(
  "Codec",
  {
    reference: optionRule.objectWith("a ReferenceCodec", "is", "encode", "decode"),
    limits: limitsTable.asRule(),
  },
  refuseOption,
);

/**
 * Turns values into MessagePack (with msgpackr) and back, exactly: arrays, plain objects, strings, numbers (-0, NaN and infinities too),
 * bigint, boolean, null, undefined, Date, Map, Set, typed arrays, ArrayBuffer, DataView, Buffer, and errors by name,
 * message, code and causes. Everything else is refused by the sender, in the sender's call.
 *
 * Holes of sparse arrays become `undefined`; fields under symbols and non-enumerable fields are not sent; shared objects
 * arrive as separate ones; an object without a prototype arrives with the usual one.
 */
export class Codec {
  readonly #reference: ReferenceCodec | undefined;
  readonly #limits: CodecLimits;

  /** @throws {TransportError} `invalidOption`. */
  constructor(options: CodecOptions = {}) {
    optionTable.check(options);
    const { reference, limits = {} } = options;
    this.#reference = reference;
    const given = Object.entries(limits).filter(([, limit]) => limit !== undefined);
    this.#limits = { ...defaultLimits, ...Object.fromEntries(given) };
  }

  /**
   * Appends `value` to `writer`. A large Buffer in it must not change before the writer is sent or reset.
   *
   * @throws {TransportError} `notSerializable`, with the path of what cannot be sent; nothing was appended then.
   */
  encode(value: unknown, writer: ByteWriter): void {
    const { length } = writer;
    if (writeFlat(value, writer)) return;
    writer.truncate(length);
    packInto(writer, new ValuePreparation(this.#limits, this.#reference).prepare(value, 0));
  }

  /** The value in `bytes`, which stay untouched and are not referred to by the value. @throws {TransportError} `malformed`. */
  decode(bytes: Uint8Array): unknown {
    new ValueScanner(bytes, this.#limits, this.#reference !== undefined).scan();
    return unpackFrom(bytes, this.#reference);
  }

  /**
   * The value in all that is left in `reader`. It refers to those bytes only when they belong to nobody else
   * ({@link ByteReader.isOwned}). @throws {TransportError} `malformed`.
   */
  decodeRest(reader: ByteReader): unknown {
    const value = readFlat(reader);
    return value === notFlat ? this.decode(reader.rest()) : value;
  }
}
