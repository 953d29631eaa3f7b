import { types } from "node:util";
import { isError, nativeClassOf, otherCopyOf, twoCopies } from "@foundation/actor/spi";
import { TransportError } from "../errors.ts";
import { binaryKinds, type CodecLimits, packedKind, type ReferenceCodec } from "./extension.ts";
import { PackedValue } from "./packed-value.ts";

const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;
const bufferPrototype = Buffer.prototype;
/** By what msgpackr tells that a value is a typed array. */
const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype);
/** Prototypes of the binary values that msgpackr knows: those of its own realm. */
const binaryPrototypes: ReadonlySet<unknown> = new Set(
  binaryKinds
    .map(({ prototype }) => prototype)
    .filter((each) => !("BYTES_PER_ELEMENT" in each) || Object.prototype.isPrototypeOf.call(typedArrayPrototype, each)),
);
/** The classes of all binary values by their names, for those of other realms. */
const binaryClasses: ReadonlyMap<unknown, { readonly name: string }> = new Map(
  binaryKinds.map(({ prototype }) => [prototype.constructor.name, prototype.constructor] as const),
);

/** A string that begins with it loses it in `TextDecoder`, which msgpackr uses where it has no native code. */
const byteOrderMark = 0xfeff;

/**
 * Checks one value and makes of it what msgpackr carries exactly.
 *
 * The result shares nothing that can change with the value: arrays and objects are copied, every field is read once, and
 * so what was checked is what is packed, whatever a getter answers the second time. A copy costs about 20 ns; to look
 * whether an object has getters costs as much.
 */
export class ValuePreparation {
  readonly #limits: CodecLimits;
  readonly #reference: ReferenceCodec | undefined;
  /** Keys from the root to the value at hand; only the first `depth` ones mean something. */
  readonly #path: (string | number)[] = [];
  #nodes = 0;
  #errors = 0;

  constructor(limits: CodecLimits, reference: ReferenceCodec | undefined) {
    this.#limits = limits;
    this.#reference = reference;
  }

  /** `value`, which stands `depth` levels below the root, for msgpackr. @throws {TransportError} `notSerializable`. */
  prepare(value: unknown, depth: number): unknown {
    this.#count(1);
    switch (typeof value) {
      case "string":
        return exactText(value);
      case "number":
        return exactNumber(value);
      case "boolean":
      case "undefined":
        return value;
      case "bigint":
        return this.#bigint(value, depth);
      case "object":
        return value === null ? null : this.#object(value, depth);
      default:
        return this.#refuse(`a ${typeof value} cannot be sent`, depth);
    }
  }

  #object(value: object, depth: number): unknown {
    if (depth >= this.#limits.depthMax) this.#refuseDepth(depth);
    // A proxy can answer differently every time it is asked.
    if (types.isProxy(value)) this.#refuse("a Proxy cannot be sent", depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === arrayPrototype && Array.isArray(value)) return this.#array(value, depth);
    if (this.#reference?.is(value)) return this.#packReference(this.#reference.encode(value), depth);
    if (prototype === objectPrototype || prototype === null) return this.#plainObject(value, depth);
    if (prototype === bufferPrototype) return this.#withOwnMemory(value as Buffer, (value as Buffer).buffer, depth);
    if (binaryPrototypes.has(prototype)) return this.#binary(value, depth);
    return this.#objectOfClass(value, nativeClassOf(prototype as object), depth);
  }

  /** @param className of the engine, of this realm or another one: what a `vm` context made counts as well. */
  #objectOfClass(value: object, className: string | undefined, depth: number): unknown {
    if (className === "Date" && types.isDate(value)) return this.#date(value);
    if (className === "Map" && types.isMap(value)) return this.#map(value, depth);
    if (className === "Set" && types.isSet(value)) return this.#set(value, depth);
    if (className === "Array" && Array.isArray(value)) return this.#array(value, depth);
    if (className === "Object") return this.#plainObject(value, depth);
    if (isError(value)) return this.#error(value, depth, 1);
    return this.#binaryOfThisRealm(value, binaryClasses.get(className), depth);
  }

  #array(value: readonly unknown[], depth: number): unknown[] {
    const { length } = value;
    // A sparse array may claim billions of elements; they are not even counted one by one.
    if (length > this.#limits.nodesMax) this.#refuseCount(depth);
    const copy = new Array<unknown>(length);
    for (let i = 0; i < length; i++) {
      this.#path[depth] = i;
      copy[i] = this.prepare(value[i], depth + 1);
    }
    return copy;
  }

  #plainObject(value: object, depth: number): unknown {
    const copy = this.#copy(value, depth);
    const keys = Object.keys(copy);
    let isAwkward = false;
    for (const key of keys) {
      this.#path[depth] = key;
      this.#count(1);
      if (key === "__proto__" || !isExact(key)) isAwkward = true;
      const member = copy[key];
      const prepared = this.prepare(member, depth + 1);
      if (prepared !== member) copy[key] = prepared;
    }
    if (!isAwkward) return copy;
    const content: unknown[] = [packedKind.entries];
    for (const key of keys) content.push(exactText(key), copy[key]);
    return new PackedValue(content);
  }

  #copy(value: object, depth: number): Record<string, unknown> {
    try {
      return { ...value };
    } catch {
      // Which getter threw? This is the one case where getters are asked twice.
      const entries = Object.keys(value).map((key) => {
        this.#path[depth] = key;
        return [key, this.#read(value, key, depth + 1)] as const;
      });
      return Object.fromEntries(entries);
    }
  }

  /** A field of an object; a getter may throw. */
  #read(value: object, key: string, depth: number): unknown {
    try {
      return (value as Record<string, unknown>)[key];
    } catch (error) {
      return this.#refuse("its getter threw", depth, error);
    }
  }

  #map(value: Map<unknown, unknown>, depth: number): PackedValue {
    const content: unknown[] = [packedKind.map];
    let index = 0;
    Map.prototype.forEach.call(value, (entry: unknown, key: unknown) => {
      this.#path[depth] = `key ${index}`;
      content.push(this.prepare(key, depth + 1));
      this.#path[depth] = `value ${index++}`;
      content.push(this.prepare(entry, depth + 1));
    });
    return new PackedValue(content);
  }

  #set(value: Set<unknown>, depth: number): PackedValue {
    const content: unknown[] = [packedKind.set];
    let index = 0;
    Set.prototype.forEach.call(value, (member: unknown) => {
      this.#path[depth] = `member ${index++}`;
      content.push(this.prepare(member, depth + 1));
    });
    return new PackedValue(content);
  }

  #date(value: Date): PackedValue {
    return new PackedValue([packedKind.date, Date.prototype.getTime.call(value)]);
  }

  #error(value: Error, depth: number, chainLength: number): PackedValue {
    if (depth >= this.#limits.depthMax) this.#refuseDepth(depth);
    if (++this.#errors > this.#limits.errorsMax) this.#refuse(`it holds more than ${this.#limits.errorsMax} errors`, 0);
    this.#count(3);
    const name = this.#read(value, "name", depth);
    const message = this.#read(value, "message", depth);
    const code = this.#read(value, "code", depth);
    const content: unknown[] = [
      packedKind.error,
      exactText(typeof name === "string" ? name : "Error"),
      exactText(typeof message === "string" ? message : ""),
      typeof code === "string" ? exactText(code) : typeof code === "number" ? exactNumber(code) : null,
    ];
    if (Object.hasOwn(value, "cause") && chainLength < this.#limits.causeDepthMax) {
      this.#path[depth] = "cause";
      content.push(this.#cause(this.#read(value, "cause", depth + 1), depth + 1, chainLength + 1));
    }
    return new PackedValue(content);
  }

  #cause(cause: unknown, depth: number, chainLength: number): unknown {
    if (!isError(cause) || types.isProxy(cause)) return this.prepare(cause, depth);
    this.#count(1);
    return this.#error(cause, depth, chainLength);
  }

  #packReference(plain: unknown, depth: number): PackedValue {
    this.#path[depth] = "reference";
    return new PackedValue([packedKind.reference, this.prepare(plain, depth + 1)]);
  }

  /** What msgpackr takes for `value`, which is of another realm: it knows the classes of its own one only. */
  #binaryOfThisRealm(value: object, Class: { readonly name: string } | undefined, depth: number): object {
    if (Class === undefined) return this.#refuseClass(value, depth);
    if (types.isArrayBuffer(value)) {
      this.#withOwnMemory(value, value, depth);
      const copy = new ArrayBuffer(value.byteLength);
      new Uint8Array(copy).set(new Uint8Array(value));
      return copy;
    }
    if (!ArrayBuffer.isView(value)) return this.#refuseClass(value, depth);
    const { buffer, byteOffset, byteLength } = this.#withOwnMemory(value, value.buffer, depth);
    if (types.isDataView(value)) return new DataView(buffer, byteOffset, byteLength);
    // Its bytes, with the class whose name msgpackr writes in front of them.
    return Object.defineProperty(new Uint8Array(buffer, byteOffset, byteLength), "constructor", { value: Class });
  }

  #binary(value: object, depth: number): unknown {
    if (ArrayBuffer.isView(value)) return this.#withOwnMemory(value, value.buffer, depth);
    if (types.isArrayBuffer(value)) return this.#withOwnMemory(value, value, depth);
    return this.#refuseClass(value, depth);
  }

  #withOwnMemory<Value>(value: Value, memory: ArrayBufferLike, depth: number): Value {
    if (types.isSharedArrayBuffer(memory)) this.#refuse("memory that is shared between threads cannot be sent", depth);
    if (memory.byteLength === 0 && (memory as ArrayBuffer).detached)
      this.#refuse("its memory was given to another thread", depth);
    return value;
  }

  #bigint(value: bigint, depth: number): bigint {
    const bytesMax = this.#limits.bigintBytesMax;
    if (value !== BigInt.asIntN(bytesMax * 8, value)) this.#refuse(`a bigint above ${bytesMax} bytes`, depth);
    return value;
  }

  #count(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > this.#limits.nodesMax) this.#refuseCount(0);
  }

  #refuseCount(depth: number): never {
    return this.#refuse(`it holds more than ${this.#limits.nodesMax} values`, depth);
  }

  #refuseDepth(depth: number): never {
    return this.#refuse(`it is nested deeper than ${this.#limits.depthMax} levels, or contains itself`, depth);
  }

  #refuseClass(value: object, depth: number): never {
    const other = otherCopyOf(value, "ActorRef");
    if (other !== undefined) return this.#refuse(`it is a ref${twoCopies("", other).message}`, depth);
    const name = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor?.name;
    return this.#refuse(`an instance of ${typeof name === "string" && name ? name : "a class"} cannot be sent`, depth);
  }

  #refuse(what: string, depth: number, cause?: unknown): never {
    // The path of a cycle is long and says nothing beyond its first round.
    const keys = this.#path.slice(0, Math.min(depth, 16));
    const path = keys.map((key) => (typeof key === "number" ? `[${key}]` : `.${key.slice(0, 64)}`)).join("");
    throw new TransportError(
      "notSerializable",
      `The value at $${path} cannot be sent: ${what}; send plain data, or keep it and send a ref.`,
      cause === undefined ? undefined : { cause },
    );
  }
}

/** Whether msgpackr carries `text` as it is, with native code and without. */
function isExact(text: string): boolean {
  return text.isWellFormed() && text.charCodeAt(0) !== byteOrderMark;
}

function exactText(text: string): string | PackedValue {
  return isExact(text) ? text : new PackedValue([packedKind.text, Buffer.from(text, "utf16le")]);
}

function exactNumber(number: number): number | PackedValue {
  return Object.is(number, -0) ? new PackedValue([packedKind.negativeZero]) : number;
}
