import type { Cluster } from "@foundation/cluster";
import type { ClassTable } from "./class-table.ts";
import { HashPlacement } from "./placement.ts";
import type { Electorate } from "./rounds.ts";
import type { SingletonSpec } from "./singleton-spec.ts";

interface Places {
  readonly candidates: readonly string[];
  readonly placement: HashPlacement;
}

/** The members as the placement of singletons sees them: worked out once after a change, however many names are placed. */
export class MemberView {
  readonly #cluster: Cluster;
  readonly #classes: ClassTable;
  /** Members that have said all they know. */
  readonly #complete = new Set<string>();
  /** By class. */
  readonly #places = new Map<string, Places>();
  #knowsAll: boolean | undefined;

  constructor(cluster: Cluster, classes: ClassTable) {
    this.#cluster = cluster;
    this.#classes = classes;
  }

  /** Members, or the classes that they can host, have changed. */
  changed(): void {
    this.#places.clear();
    this.#knowsAll = undefined;
  }

  /** Whether this member has said all it knows. */
  isComplete(nodeId: string): boolean {
    return this.#complete.has(nodeId);
  }

  linked(nodeId: string): void {
    this.#complete.delete(nodeId);
    this.changed();
  }

  completed(nodeId: string): void {
    this.#complete.add(nodeId);
    this.changed();
  }

  gone(nodeId: string): void {
    this.#complete.delete(nodeId);
    this.changed();
  }

  /**
   * Whether every member that is linked has said what it knows; before that, a singleton could be running unseen. One that leaves, too: it
   * may be linked anew while it stops what it runs, and is asked nothing.
   */
  get knowsAll(): boolean {
    this.#knowsAll ??= this.#cluster.view
      .members()
      .every(({ nodeId, isSelf, status }) => isSelf || status === "suspect" || this.#complete.has(nodeId));
    return this.#knowsAll;
  }

  /** Whether placement gives this singleton to this node. */
  isChosen(spec: SingletonSpec): boolean {
    return this.#placesFor(spec).placement.choose(spec.name) === this.#cluster.self.nodeId;
  }

  /** Members that may host it. */
  candidates(spec: SingletonSpec): readonly string[] {
    return this.#placesFor(spec).candidates;
  }

  /** Whether it can run elsewhere than on this node. */
  canMove(spec: SingletonSpec): boolean {
    const { nodeId } = this.#cluster.self;
    return this.candidates(spec).some((each) => each !== nodeId);
  }

  /** The members that a round asks. Suspects too: one that merely stalls may be the one that runs it. */
  electorate(): Electorate {
    const members = this.#cluster.view.members().filter(({ isSelf, status }) => !isSelf && status !== "leaving");
    const doubts = members.filter(({ status }) => status === "suspect").map(({ nodeId }) => nodeId);
    const unlinked = new Set(doubts.filter((nodeId) => this.#cluster.endpoint.link(nodeId)?.isOpen !== true));
    return { members: members.map(({ nodeId }) => nodeId), doubts, unlinked };
  }

  /** All other members, and those among them that have a say. */
  members(): { readonly all: readonly string[]; readonly voters: ReadonlySet<string> } {
    const others = this.#cluster.view.members().filter(({ isSelf }) => !isSelf);
    const voters = others.filter(({ status }) => status !== "leaving");
    const idOf = ({ nodeId }: { readonly nodeId: string }): string => nodeId;
    return { all: others.map(idOf), voters: new Set(voters.map(idOf)) };
  }

  /** Members that are up and linked, besides this one. */
  linkedMembers(): string[] {
    const others = this.#cluster.view.members().filter(({ isSelf }) => !isSelf);
    return this.reached(others.map(({ nodeId }) => nodeId));
  }

  /** Which of these members this node reaches. */
  reached(nodeIds: readonly string[]): string[] {
    return nodeIds.filter(
      (nodeId) =>
        this.#cluster.view.get(nodeId)?.status === "up" && this.#cluster.endpoint.link(nodeId)?.isOpen === true,
    );
  }

  #placesFor(spec: SingletonSpec): Places {
    const { className, fingerprint, isNamed } = spec;
    const key = `${isNamed} ${fingerprint} ${className}`;
    let places = this.#places.get(key);
    if (places === undefined) {
      const candidates = this.#cluster.view
        .members()
        .filter(
          ({ nodeId, isSelf, status }) => status === "up" && this.#classes.canHost(isSelf ? undefined : nodeId, spec),
        )
        .map(({ nodeId }) => nodeId);
      places = { candidates, placement: new HashPlacement(candidates) };
      this.#places.set(key, places);
    }
    return places;
  }
}
