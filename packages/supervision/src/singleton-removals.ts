import type { Runtime } from "@foundation/actor";
import type { NodeProtocol } from "@foundation/cluster";
import type { Registry } from "@foundation/registry";
import type { MemberView } from "./member-view.ts";
import type { NameWaiters } from "./name-waiters.ts";
import { type Removal, RemovalWaves } from "./removal-waves.ts";
import type { SpecVersion } from "./singleton-spec.ts";
import type { SingletonStarts } from "./singleton-starts.ts";
import type { SpecTable } from "./spec-table.ts";
import { itemsPerMessageMax, type SupervisionMessage } from "./supervision-message.ts";

type Question = NonNullable<SupervisionMessage["removing"]>;

/** What {@link SingletonRemovals} work with. */
interface SingletonRemovalsSurroundings {
  readonly runtime: Runtime;
  readonly registry: Pick<Registry, "holder">;
  readonly table: SpecTable;
  readonly starts: Pick<SingletonStarts, "isHosting" | "startingOn" | "starterOf">;
  readonly waiters: NameWaiters;
  readonly protocol: Pick<NodeProtocol<SupervisionMessage>, "send" | "multicast">;
  /** What one message may hold. */
  readonly bytesPerMessageMax: number;
  readonly nodeId: string;
  readonly view: Pick<MemberView, "members">;
  /** Whether a spec of this name is on its way here. */
  isOnItsWay(name: string): boolean;
  /** `nodeId` knows less of these names than this node: it is told which versions there are. */
  tellOf(names: readonly string[], nodeId: string): void;
  /** Puts a tombstone in the place of every version up to `version`, or of what is known here. */
  bury(name: string, how: { readonly isTold: boolean; readonly version?: SpecVersion | undefined }): void;
}

/**
 * Ends singletons, wherever they run, and tells when that is over.
 *
 * This node may know less than others: the spec may be on its way here, and the name too. So it does not judge by its own table: it puts a
 * tombstone over what it knows, and asks all members in the same message, one for all names of a turn. They answer what they know of the names
 * and what of them they run. What this node learns by that it buries as well, and asks again: until nobody knows more than the tombstone.
 * Then it waits for the word of those that run them, which comes when `onStop` is through; that a name is free says nothing of that.
 *
 * The other way would be a `singleton()` that resolves when all members hold its spec: that makes every start wait for the slowest member,
 * also where nothing is ever removed, and leaves open what happens to names that a member has forgotten.
 *
 * A member that is silent is waited for where it is known to run a name, or where too few others answer to rule that out (as in
 * the rounds before a start): until it speaks, the verdict about it comes, or the caller's time is over.
 */
export class SingletonRemovals {
  readonly #surroundings: SingletonRemovalsSurroundings;
  readonly #byName = new Map<string, Set<Removal>>();
  readonly #waves: RemovalWaves;
  readonly #soon = new Set<Removal>();

  constructor(surroundings: SingletonRemovalsSurroundings) {
    const { runtime, registry, table, starts, protocol, bytesPerMessageMax } = surroundings;
    this.#surroundings = surroundings;
    this.#waves = new RemovalWaves({
      runtime,
      limits: { itemsMax: itemsPerMessageMax, bytesMax: bytesPerMessageMax },
      revision: (name) => this.#revision(name),
      // Tombstones travel with the question, so that whoever answers knows them.
      ask: (members, removing) => {
        const headers = removing.names.flatMap(([name]) => table.header(name) ?? []);
        protocol.multicast(members, { headers, removing });
      },
      ownerOf: (name) => registry.holder(name)?.nodeId ?? starts.startingOn(name),
      answered: (removal, asked) => this.#answeredAbout(removal, asked),
    });
  }

  // ---- callers ----

  /**
   * Removes a singleton, and waits for its end at most for `timeoutMs` milliseconds; it goes on afterwards.
   *
   * @returns whether there was one, or what still has to end.
   */
  async remove(name: string, timeoutMs: number): Promise<{ had: boolean } | { pending: string }> {
    const removal = this.#begun(name) ?? this.#begin(name);
    removal.callers++;
    await this.#surroundings.waiters.until(name, () => removal.isOver, timeoutMs);
    removal.callers--;
    if (removal.isOver) return { had: removal.had };
    const pending = this.#pending(removal);
    this.#waves.drop(removal);
    this.#dropUnlessAsking(removal);
    return { pending };
  }

  /** It is asked for here again: what others tell from now on may be that. */
  close(name: string): void {
    for (const removal of this.#byName.get(name) ?? []) removal.isOpen = false;
  }

  /** Gives up all timers. */
  stop(): void {
    this.#waves.stop();
    this.#byName.clear();
    this.#soon.clear();
  }

  /** One of this turn. Later ones ask anew: those that have answered may run another one by now. */
  #begun(name: string): Removal | undefined {
    if (isKept(this.#surroundings.table, name)) return undefined;
    return [...(this.#byName.get(name) ?? [])].find((removal) => this.#soon.has(removal));
  }

  #begin(name: string): Removal {
    const { table, bury } = this.#surroundings;
    const had = this.#isThere(name);
    if (isKept(table, name)) bury(name, { isTold: false });
    const removal: Removal = {
      name,
      had,
      isOpen: true,
      revision: table.get(name)?.revision ?? 0,
      asking: 0,
      isOutdated: false,
      epoch: table.epoch(name),
      hosts: new Set(),
      wasFree: false,
      isOver: false,
      callers: 0,
    };
    const removals = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, removals.add(removal));
    this.#askSoon(removal);
    return removal;
  }

  /** What is known here of a singleton of this name that is not over. */
  #isThere(name: string): boolean {
    const { table, registry, starts, isOnItsWay } = this.#surroundings;
    if (isKept(table, name) || starts.isHosting(name) || (registry.holder(name)?.epoch ?? 0) > 0) return true;
    // After a tombstone, who was allowed to start it will not do so.
    return table.get(name) === undefined
      ? starts.startingOn(name) !== undefined || isOnItsWay(name)
      : starts.starterOf(name) !== undefined;
  }

  // ---- what is heard ----

  /**
   * Another node has told of this version of a spec.
   *
   * @returns whether a tombstone has taken its place.
   */
  learned(name: string, version: SpecVersion, isTombstone: boolean): boolean {
    const open = [...(this.#byName.get(name) ?? [])].filter((removal) => removal.isOpen);
    if (open.length === 0) return false;
    for (const removal of open) removal.had = true;
    if (isTombstone) return false;
    this.#surroundings.bury(name, { isTold: true, version });
    return true;
  }

  /** The name is free, as this node sees it. */
  freed(name: string): void {
    for (const removal of this.#byName.get(name) ?? []) {
      removal.had = true;
      removal.wasFree = true;
      this.#look(removal);
    }
  }

  /** What this node ran or was starting has ended. */
  endedHere(name: string): void {
    for (const removal of this.#byName.get(name) ?? []) this.#look(removal);
  }

  /** A new link to this member stands: what it was asked, and what it said, may have been lost with the one before. */
  linked(nodeId: string): void {
    this.#waves.linked(nodeId);
    const ran = this.#all().filter(({ hosts }) => hosts.has(nodeId));
    this.#waves.ask(ran, [nodeId], new Set([nodeId]));
  }

  memberGone(nodeId: string): void {
    for (const removal of this.#all()) if (removal.hosts.delete(nodeId)) this.#look(removal);
    this.#waves.memberGone(nodeId);
  }

  received({ ended = [], removing, removed }: SupervisionMessage, nodeId: string): void {
    for (const [name] of ended) {
      for (const removal of this.#byName.get(name) ?? []) if (removal.hosts.delete(nodeId)) this.#look(removal);
    }
    if (removing !== undefined) this.#answer(removing, nodeId);
    if (removed !== undefined) this.#waves.received(removed, nodeId);
  }

  /** The tombstones that came with the question have been taken in. */
  #answer({ token, names }: Question, nodeId: string): void {
    const { table, starts, protocol, tellOf } = this.#surroundings;
    const known: number[] = [];
    const hosted: (readonly [at: number, epoch: number])[] = [];
    const news: string[] = [];
    for (const [at, [name, revision]] of names.entries()) {
      if ((table.get(name)?.revision ?? 0) > revision) news.push(name);
      if (starts.isHosting(name, revision)) hosted.push([at, table.epoch(name)]);
      else if (this.#isThere(name)) known.push(at);
    }
    tellOf(news, nodeId);
    protocol.send(nodeId, { removed: { token, known, hosted } });
  }

  // ---- questions ----

  #askSoon(removal: Removal): void {
    if (this.#soon.size === 0) {
      this.#surroundings.runtime.microtask(() => {
        const removals = [...this.#soon];
        this.#soon.clear();
        const { all, voters } = this.#surroundings.view.members();
        this.#waves.ask(removals, all, voters);
      });
    }
    this.#soon.add(removal);
  }

  /** All members that count have said what they know of it. */
  #answeredAbout(removal: Removal, asked: number): void {
    const { table, bury } = this.#surroundings;
    const { name } = removal;
    if (removal.isOpen && isKept(table, name)) bury(name, { isTold: true });
    removal.isOutdated ||= asked !== this.#revision(name);
    if (removal.asking > 0) return;
    if (removal.isOpen && removal.isOutdated) {
      // There is a tombstone that not all have answered to: one of them may just be starting it.
      removal.isOutdated = false;
      return this.#askSoon(removal);
    }
    removal.isOpen = false;
    this.#look(removal);
    this.#dropUnlessAsking(removal);
  }

  #revision(name: string): number {
    return this.#surroundings.table.get(name)?.revision ?? 0;
  }

  // ---- the end ----

  /** Looks whether it is over. */
  #look(removal: Removal): void {
    const { registry, starts, waiters } = this.#surroundings;
    const { name, revision, hosts, epoch } = removal;
    if (this.#isAsking(removal) || removal.isOver || hosts.size > 0 || starts.isHosting(name, revision)) return;
    const held = registry.holder(name)?.epoch ?? 0;
    // A higher one is of a later life: of one that was asked for since.
    if (!removal.wasFree && held > 0 && held <= epoch) return;
    removal.isOver = true;
    this.#forget(removal);
    waiters.changed(name);
  }

  #forget(removal: Removal): void {
    const removals = this.#byName.get(removal.name);
    removals?.delete(removal);
    if (removals?.size === 0) this.#byName.delete(removal.name);
  }

  #dropUnlessAsking(removal: Removal): void {
    if (removal.callers === 0 && !this.#isAsking(removal)) this.#forget(removal);
  }

  #isAsking(removal: Removal): boolean {
    return removal.asking > 0 || this.#soon.has(removal);
  }

  #all(): Removal[] {
    return [...this.#byName.values()].flatMap((removals) => [...removals]);
  }

  /** What its callers have waited for in vain. */
  #pending(removal: Removal): string {
    const { registry, starts, nodeId } = this.#surroundings;
    const { name, hosts, revision } = removal;
    const stopping = starts.isHosting(name, revision) ? [...hosts, nodeId] : [...hosts];
    if (stopping.length > 0) return `it is removed, and still stops on ${stopping.join(", ")}`;
    const silent = this.#waves.silent(removal).join(", ");
    if (silent !== "") return `no answer from ${silent}, which may run it`;
    return `it is removed, and ${registry.holder(name)?.nodeId ?? "a member"} still has the name`;
  }
}

/** Whether a spec of `name` is known that is no tombstone. */
function isKept(table: SpecTable, name: string): boolean {
  return (table.get(name)?.state ?? "removed") !== "removed";
}
