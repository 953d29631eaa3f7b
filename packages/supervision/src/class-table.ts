import type { ActorClass } from "@foundation/actor";
import { type ClassMark, describeClass, isSameClass } from "./class-mark.ts";
import type { SingletonSpec } from "./singleton-spec.ts";

/** A class of another node that has the name of one of this node, and is not the same. */
interface ForeignClass {
  readonly nodeId: string;
  readonly mark: ClassMark;
}

/** Which classes this node and the others can host. */
export class ClassTable {
  readonly #own = new Map<string, { readonly actorClass: ActorClass; readonly mark: ClassMark }>();
  readonly #peers = new Map<string, Map<string, ClassMark>>();

  /** How many classes this node can host. */
  get size(): number {
    return this.#own.size;
  }

  /** The class that this node hosts under a name. */
  own(name: string): ActorClass | undefined {
    return this.#own.get(name)?.actorClass;
  }

  add(actorClass: ActorClass, mark: ClassMark): void {
    this.#own.set(mark.name, { actorClass, mark });
  }

  *marks(): Iterable<ClassMark> {
    for (const { mark } of this.#own.values()) yield mark;
  }

  /** What `nodeId` can host. @returns its classes that only share a name with one of this node's. */
  heard(nodeId: string, marks: readonly ClassMark[]): ForeignClass[] {
    let known = this.#peers.get(nodeId);
    if (known === undefined) this.#peers.set(nodeId, (known = new Map()));
    for (const mark of marks) known.set(mark.name, mark);
    return marks.filter((mark) => this.#isForeign(mark)).map((mark) => ({ nodeId, mark }));
  }

  gone(nodeId: string): void {
    this.#peers.delete(nodeId);
  }

  canHost(nodeId: string | undefined, spec: SingletonSpec): boolean {
    const { className } = spec;
    const mark = nodeId === undefined ? this.#own.get(className)?.mark : this.#peers.get(nodeId)?.get(className);
    return mark !== undefined && isSameClass(mark, spec);
  }

  /** A class of another node that only shares its name with `mark`. */
  foreign(mark: ClassMark): ForeignClass | undefined {
    for (const [nodeId, marks] of this.#peers) {
      const theirs = marks.get(mark.name);
      if (theirs !== undefined && !isSameClass(theirs, mark)) return { nodeId, mark: theirs };
    }
    return undefined;
  }

  /** What is to be said about two classes of one name. */
  describeConflict(name: string, { nodeId, mark }: ForeignClass): string {
    const own = this.#own.get(name)?.mark ?? { name, fingerprint: "" };
    return (
      `this node hosts ${describeClass(own)}, and ${nodeId} hosts ${describeClass(mark)}: nodes tell classes apart by their names, and these ` +
      "are two. Rename one; where a minifier renamed them, let it keep class names (esbuild --keep-names, terser keep_classnames) " +
      "or give each class a name of its own with static actorName; two versions of one class need the same static actorName"
    );
  }

  #isForeign(theirs: ClassMark): boolean {
    const own = this.#own.get(theirs.name)?.mark;
    return own !== undefined && !isSameClass(own, theirs);
  }
}
