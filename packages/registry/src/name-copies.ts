import type { Stamp } from "@foundation/cluster";
import { NameCopy } from "./name-copy.ts";
import { type RegistryMessage, unpackChange, unpackRegistration } from "./registry-message.ts";
import { nameOf } from "./replica.ts";

/** Names that are looked at in one turn, at most, when all of a member's are concerned: a few milliseconds. */
const namesPerTurn = 1_000;

/** Names of one member that are kept, at most. */
export const namesPerMemberMax = 2_000_000;

/** What {@link NameCopies} needs from its registry. */
interface NameCopiesPort {
  /** Which life of this node is a member; undefined when none is. */
  incarnationOf(nodeId: string): number | undefined;
  /** Asks the member for all of its names. */
  request(nodeId: string): void;
  /** A stamp that another node gave. */
  observe(stamp: Stamp): void;
  /** A claim to this name has come, changed or gone. */
  settle(name: string): void;
  /** There is no room for a name of this member: it is not known here. */
  refused(nodeId: string): void;
  /** Names of one member that are kept, at most. Default {@link namesPerMemberMax}. */
  readonly namesMax?: number;
  /** All names of this member were told. */
  synced(nodeId: string): void;
  /** Calls back in another turn. */
  nextTurn(callback: () => void): void;
}

/**
 * What this node knows of the names of all others.
 *
 * Messages of one member keep their order; each says which changes went before it, so that one that is missing is noticed and
 * everything is asked for again. Names are in use as they come, long before the last part of a large state is there.
 */
export class NameCopies {
  readonly #port: NameCopiesPort;
  readonly #copies = new Map<string, NameCopy>();
  /** Made when it is looked at: every change of a name does, members come and go rarely. */
  #all: readonly NameCopy[] | undefined;
  /** Members that were asked for all of their names and have not begun to tell them. */
  readonly #requested = new Set<string>();
  /** Copies of members that are gone, whose names are being given up. */
  readonly #ending = new Set<NameCopy>();

  constructor(port: NameCopiesPort) {
    this.#port = port;
  }

  /** The copies of all members that are there. */
  get all(): readonly NameCopy[] {
    return (this.#all ??= [...this.#copies.values()]);
  }

  get(nodeId: string): NameCopy | undefined {
    return this.#copies.get(nodeId);
  }

  /** Whether names of members that are gone are still being given up, turn by turn. */
  get isEnding(): boolean {
    return this.#ending.size > 0;
  }

  /** A new link to this member begins: what was asked on the last one is not answered. */
  linked(nodeId: string): void {
    this.#requested.delete(nodeId);
  }

  /** The member is gone, and its names with it. */
  down(nodeId: string): void {
    this.#requested.delete(nodeId);
    const copy = this.#copies.get(nodeId);
    if (copy === undefined) return;
    this.#copies.delete(nodeId);
    this.#all = undefined;
    this.#ending.add(copy);
    this.#end(copy);
  }

  /** Between the verdict about a member and the end of its link, what it says is not news any more. */
  receive(message: Extract<RegistryMessage, { kind: "delta" | "full" }>, nodeId: string): void {
    if (this.#port.incarnationOf(nodeId) !== message.incarnation) return;
    if (message.kind === "full") this.#receiveFull(message, nodeId);
    else this.#receiveDelta(message, nodeId);
  }

  #receiveFull(message: Extract<RegistryMessage, { kind: "full" }>, nodeId: string): void {
    const copy = message.part === 0 ? this.#begin(message, nodeId) : this.#copies.get(nodeId);
    // Parts of what was refused, or of what this node has never heard the beginning of.
    if (copy?.incarnation !== message.incarnation || copy.nextPart === undefined) return;
    if (copy.nextPart !== message.part || copy.version !== message.version) return this.#lostTrack(nodeId);
    copy.nextPart++;
    for (const sent of message.registrations) {
      const registration = unpackRegistration(sent, message.classes);
      this.#port.observe(registration.stamp);
      if (!copy.tell(registration)) this.#port.refused(nodeId);
      this.#port.settle(registration.name);
    }
    if (!message.isLast) return;
    copy.nextPart = undefined;
    this.#giveUpUntold(copy);
  }

  /** @returns undefined for a state that is older than what is known. */
  #begin({ incarnation, version }: { incarnation: number; version: number }, nodeId: string): NameCopy | undefined {
    this.#requested.delete(nodeId);
    let copy = this.#copies.get(nodeId);
    if (copy?.incarnation === incarnation && copy.version > version) return undefined;
    if (copy?.incarnation !== incarnation) {
      this.down(nodeId);
      copy = new NameCopy(nodeId, { incarnation, version, namesMax: this.#port.namesMax ?? namesPerMemberMax });
      this.#copies.set(nodeId, copy);
      this.#all = undefined;
    }
    copy.begin(version);
    return copy;
  }

  #receiveDelta(message: Extract<RegistryMessage, { kind: "delta" }>, nodeId: string): void {
    const copy = this.#copies.get(nodeId);
    if (copy?.incarnation !== message.incarnation || copy.version < message.from) return this.#lostTrack(nodeId);
    for (const sent of message.changes.slice(copy.version - message.from)) {
      const change = unpackChange(sent, message.classes);
      if (change.kind === "taken") this.#port.observe(change.registration.stamp);
      if (!copy.apply(change)) this.#port.refused(nodeId);
      this.#port.settle(nameOf(change));
    }
  }

  /** Once: what comes until all names are told anew does not fit either. */
  #lostTrack(nodeId: string): void {
    const copy = this.#copies.get(nodeId);
    copy?.breakOff();
    if (this.#requested.has(nodeId)) return;
    this.#requested.add(nodeId);
    this.#port.request(nodeId);
  }

  /** All names were told: those that were not told again are gone. A few in each turn, for there may be any number. */
  #giveUpUntold(copy: NameCopy): void {
    if (this.#copies.get(copy.nodeId) !== copy || copy.nextPart !== undefined) return;
    const names = copy.takeUntold(namesPerTurn);
    for (const name of names) this.#port.settle(name);
    if (names.length === namesPerTurn) return this.#port.nextTurn(() => this.#giveUpUntold(copy));
    copy.isComplete = true;
    this.#port.synced(copy.nodeId);
  }

  #end(copy: NameCopy): void {
    const names = copy.take(namesPerTurn);
    for (const name of names) this.#port.settle(name);
    if (names.length === namesPerTurn) this.#port.nextTurn(() => this.#end(copy));
    else this.#ending.delete(copy);
  }
}
