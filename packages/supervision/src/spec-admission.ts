import type { Cluster } from "@foundation/cluster";
import type { Registry } from "@foundation/registry";
import { type ClassMark, describeClass, isSameClass } from "./class-mark.ts";
import type { ClassTable } from "./class-table.ts";
import { SupervisionError } from "./errors.ts";
import { textBytesMax } from "./message-batches.ts";
import type { SingletonSpec } from "./singleton-spec.ts";
import type { SpecTable } from "./spec-table.ts";

/** The largest singleton: its arguments as they travel. Bytes. */
const specBytesMax = 256 * 1024;
/** A spec without its arguments and texts, about. Bytes. */
const specOverheadBytes = 400;
/** Singletons that the cluster keeps track of. */
const singletonsMax = 100_000;

/** About how many bytes a spec takes in a message. */
export function specBytes({ name, className, fingerprint, args }: SingletonSpec, { messages }: Cluster): number {
  const bytes = [name, className, fingerprint].reduce((sum, text) => sum + textBytesMax(text), specOverheadBytes);
  return args.length === 0 ? bytes : bytes + messages.encodedBytes(args);
}

/** What a {@link SpecAdmission} looks at. */
interface SpecAdmissionSurroundings {
  readonly cluster: Cluster;
  readonly registry: Registry;
  readonly classes: ClassTable;
  readonly table: SpecTable;
}

/** Which singletons may be asked for on this node. */
export class SpecAdmission {
  readonly #surroundings: SpecAdmissionSurroundings;
  readonly #bytesMax: number;

  constructor(surroundings: SpecAdmissionSurroundings) {
    this.#surroundings = surroundings;
    this.#bytesMax = Math.min(specBytesMax, surroundings.cluster.endpoint.messageBytesMax("control") / 2);
  }

  /** @throws SupervisionError `singletonTooLarge`, `tooManySingletons`; TransportError `notSerializable`. */
  assertFits(spec: SingletonSpec): void {
    const { cluster, table } = this.#surroundings;
    const bytes = specBytes(spec, cluster);
    if (bytes > this.#bytesMax) {
      const text = `${JSON.stringify(spec.name)} takes ${bytes} bytes, most of them its arguments; allowed are ${this.#bytesMax}`;
      throw new SupervisionError("singletonTooLarge", `${text}. Let it fetch what it needs in onStart`);
    }
    if (table.kept < singletonsMax || (table.get(spec.name)?.state ?? "removed") !== "removed") return;
    throw new SupervisionError(
      "tooManySingletons",
      `the cluster keeps ${singletonsMax} singletons already; remove some, or let one keep what belongs together`,
    );
  }

  /** Whether a singleton of this class may have the name. @throws SupervisionError `singletonConflict`, `classConflict`. */
  assertFree(name: string, mark: ClassMark): void {
    const { registry, classes, table } = this.#surroundings;
    const holder = registry.holder(name);
    if (holder?.epoch === 0) {
      const text = `${JSON.stringify(name)} is the name of ${holder.ref}, which is no singleton; choose another name`;
      throw new SupervisionError("singletonConflict", text);
    }
    const foreign = classes.foreign(mark);
    if (foreign !== undefined)
      throw new SupervisionError("classConflict", classes.describeConflict(mark.name, foreign));
    const known = table.get(name);
    if (known?.state !== "wanted" || (known.className === mark.name && isSameClass(known, mark))) return;
    const theirs = describeClass({ name: known.className, fingerprint: known.fingerprint });
    const text = `${JSON.stringify(name)} is a singleton of class ${theirs}, not of ${describeClass(mark)}; choose another name`;
    throw new SupervisionError("singletonConflict", text);
  }
}
