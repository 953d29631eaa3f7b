import { ActorError } from "../errors.ts";
import type { ActorRef } from "../message/ref.ts";
import { Rejection } from "../message/rejection.ts";
import { callback, either, finiteNumber, required, text, wholeNumber } from "../options/option-rule.ts";
import { checkValue, OptionTable } from "../options/option-table.ts";
import type { ChildSpec } from "./child-spec.ts";
import { intensityRules, type RestartIntensityOptions } from "./restart-intensity.ts";
import { Supervisor } from "./supervisor.ts";

/** Settings of a {@link PartitionSupervisor}. */
export interface PartitionSupervisorOptions extends RestartIntensityOptions {
  /** What each partition is, by its number from 0; it gets that number as its id. */
  readonly child: (partition: number) => ChildSpec;
  /** How many there are. 1 to 10 000. */
  readonly partitions: number;
}

const partitionsMax = 10_000;

const partitionsRule = wholeNumber({ min: 1, max: partitionsMax });
const keyRule = either(text, finiteNumber());

const optionTable = new OptionTable<PartitionSupervisorOptions>("PartitionSupervisor", {
  child: required(callback),
  partitions: required(partitionsRule),
  ...intensityRules,
});

/**
 * Runs the same child several times and says which one is responsible for a key, as Elixir's `PartitionSupervisor` does: one
 * actor that everybody asks becomes many that share the work.
 *
 * ```ts
 * import { Actor, type ActorRef, ActorSystem, childSpec, PartitionSupervisor } from "@foundation/actor";
 *
 * class Writer extends Actor {
 *   readonly #partition: number;
 *
 *   constructor(partition: number) {
 *     super();
 *     this.#partition = partition;
 *   }
 *
 *   where(): number {
 *     return this.#partition;
 *   }
 * }
 *
 * await using system = new ActorSystem();
 * const writers = system.spawn(PartitionSupervisor, {
 *   args: [{ child: (partition) => childSpec(Writer, { args: [partition] }), partitions: 4 }],
 * });
 * const writer = (await writers.ask.partition(7)) as ActorRef<Writer>;
 * console.log(await writer.ask.where()); // 3
 * ```
 *
 * When not to use it: all partitions live on this node and in this thread, so they share waiting, not computing; for keys with
 * an actor each, and for keys of a whole cluster, use sharded actors.
 */
export class PartitionSupervisor extends Supervisor {
  readonly #partitions: number;

  /** @throws ActorError `invalidOption`. */
  constructor(options: PartitionSupervisorOptions) {
    optionTable.check(options);
    const { child, partitions, ...intensity } = options;
    const children = Array.from({ length: partitions }, (_, index) => ({ ...child(index), id: String(index) }));
    super({ ...intensity, children });
    this.#partitions = partitions;
  }

  /**
   * The actor that is responsible for `key`: the same one as long as it lives.
   *
   * @throws ActorError `noproc` while it is not running; `invalidOption` for a key that is neither text nor a finite number.
   */
  partition(key: string | number): ActorRef {
    const id = this.#idOf(key);
    const ref = this._refOf(id);
    if (ref === undefined) throw new Rejection(new ActorError("noproc", `partition ${id} is not running`));
    return ref;
  }

  #idOf(key: string | number): string {
    try {
      return String(partitionOf(key, this.#partitions));
    } catch (error) {
      // The mistake of who asks is not the end of who answers.
      throw new Rejection(error as ActorError);
    }
  }

  /** How many partitions there are. */
  partitions(): number {
    return this.#partitions;
  }
}

/** The number of the partition for `key`: FNV-1a (Fowler, Noll, Vo 1991) of its text; a whole number counts round. @throws ActorError `invalidOption`. */
export function partitionOf(key: string | number, partitions: number): number {
  checkValue("the key of a partition", key, keyRule);
  checkValue("the number of partitions", partitions, partitionsRule);
  if (typeof key === "number" && Number.isSafeInteger(key)) return Math.abs(key) % partitions;
  let hash = 0x811c9dc5;
  for (const unit of String(key)) hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % partitions;
}
