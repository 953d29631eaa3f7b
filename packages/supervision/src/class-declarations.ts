import type { ActorClass } from "@foundation/actor";
import type { Cluster } from "@foundation/cluster";
import { type ClassMark, classMark, classNameBytesMax } from "./class-mark.ts";
import type { ClassTable } from "./class-table.ts";
import { SupervisionError } from "./errors.ts";
import { batches, textBytesMax } from "./message-batches.ts";
import { itemsPerMessageMax, type SupervisionMessage } from "./supervision-message.ts";

/** The classes that this node can host, and what it tells and hears of classes. */
export class ClassDeclarations {
  readonly #cluster: Cluster;
  readonly #classes: ClassTable;
  readonly #bytesPerMessageMax: number;

  constructor(cluster: Cluster, classes: ClassTable, bytesPerMessageMax: number) {
    this.#cluster = cluster;
    this.#classes = classes;
    this.#bytesPerMessageMax = bytesPerMessageMax;
  }

  /** @returns the mark of a class that is new here. @throws SupervisionError `classConflict`; ActorError `invalidOption`. */
  declare(actorClass: ActorClass): ClassMark | undefined {
    const mark = this.markOf(actorClass);
    const known = this.#classes.own(mark.name);
    if (known === actorClass) return undefined;
    if (known !== undefined || mark.name === "") {
      const text =
        mark.name === ""
          ? "a class without a name cannot be hosted: nodes tell classes apart by their names"
          : `two classes are named ${JSON.stringify(mark.name)}; nodes tell classes apart by their names, or by static actorName`;
      throw new SupervisionError("classConflict", text);
    }
    if (this.#classes.size >= itemsPerMessageMax || Buffer.byteLength(mark.name) > classNameBytesMax) {
      const text = `${mark.name.slice(0, 64)} cannot be declared: a node hosts at most ${itemsPerMessageMax} classes`;
      throw new SupervisionError("classConflict", `${text}, with names of up to ${classNameBytesMax} bytes`);
    }
    this.#classes.add(actorClass, mark);
    return mark;
  }

  /** @throws ActorError `invalidOption`. */
  markOf(actorClass: ActorClass): ClassMark {
    return classMark(actorClass, this.#cluster.system.checkClass(actorClass));
  }

  /** Sends `marks` in as many messages as they take. */
  tell(marks: Iterable<ClassMark>, send: (message: SupervisionMessage) => void): void {
    const size = ({ name, fingerprint }: ClassMark): number => 40 + textBytesMax(name) + textBytesMax(fingerprint);
    const limits = { itemsMax: itemsPerMessageMax, bytesMax: this.#bytesPerMessageMax };
    for (const classes of batches(marks, limits, size)) send({ classes });
  }

  /** A member can host these. */
  heard(marks: readonly ClassMark[], nodeId: string): void {
    for (const foreign of this.#classes.heard(nodeId, marks)) {
      const reason = this.#classes.describeConflict(foreign.mark.name, foreign);
      this.#cluster.system.log.error("two classes have one name", { class: foreign.mark.name, member: nodeId, reason });
    }
  }
}
