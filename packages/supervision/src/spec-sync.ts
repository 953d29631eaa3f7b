import type { Runtime, Timer } from "@foundation/actor";
import type { NodeProtocol } from "@foundation/cluster";
import { type BatchLimits, batches, textBytesMax } from "./message-batches.ts";
import { type SingletonSpec, type SpecVersion, tombstone } from "./singleton-spec.ts";
import { SpecPulls } from "./spec-pulls.ts";
import type { SpecTable } from "./spec-table.ts";
import { itemsPerMessageMax, type SpecHeader, type SupervisionMessage } from "./supervision-message.ts";

/** A header without its name, about. Bytes. */
const headerBytes = 120;
/** A changed spec of up to so many bytes goes out with its header; others are asked for. Bytes. */
const inlineBytesMax = 4 * 1024;
/** What one turn's changes may take along; the rest is asked for. Bytes. */
const inlineBytesPerTurnMax = 1024 * 1024;
/** About how often this node compares what it knows with one other member. Milliseconds. */
const compareMs = 2_000;
/** Versions that a comparison may tell of, about; what still differs then is told of after the next one. */
const comparedMax = 2_000;

/** What a {@link SpecSync} works with. */
interface SpecSyncSurroundings {
  readonly runtime: Runtime;
  /** Members that are linked. */
  linked(): readonly string[];
  readonly table: SpecTable;
  readonly protocol: NodeProtocol<SupervisionMessage>;
  /** What one message may hold. */
  readonly bytesPerMessageMax: number;
  /** There is no room for what `nodeId` says. */
  refused(what: "singletons" | "starts", nodeId: string): void;
  /** A spec of this name that stands for a singleton is on its way here. */
  expected(name: string): void;
  /** It did not come. */
  unexpected(name: string): void;
  /** Another node tells of a version that is news here. @returns whether it is to be removed: a tombstone has taken its place. */
  learned(name: string, version: SpecVersion, isTombstone: boolean): boolean;
  /** A newer version of a spec was taken in. */
  merged(spec: SingletonSpec, before: SingletonSpec | undefined): void;
}

/**
 * Keeps the specs of all nodes equal: tells of changes, and tells a new link what versions there are. A node that lacks a spec
 * asks for it, in portions, so that neither its size nor their number can fill a queue.
 *
 * A change is told by the node that made it, to those that are linked to it. Others may be linked to some of these only: so each node
 * compares what it knows with one member at a time, now and then.
 */
export class SpecSync {
  readonly #surroundings: SpecSyncSurroundings;
  readonly #limits: BatchLimits;
  readonly #pulls: SpecPulls;
  readonly #unsent = new Set<string>();
  /** When this node last told each member what differs, for each of whose digests it would do so. */
  readonly #comparedAt = new Map<string, number>();
  #comparison: Timer | undefined;
  #isStopped = false;

  constructor(surroundings: SpecSyncSurroundings) {
    this.#surroundings = surroundings;
    this.#limits = { itemsMax: itemsPerMessageMax, bytesMax: surroundings.bytesPerMessageMax };
    this.#pulls = new SpecPulls((name) => {
      const isHere = (surroundings.table.get(name)?.state ?? "removed") !== "removed";
      if (!isHere && !this.#pulls.isOnItsWay(name)) surroundings.unexpected(name);
    });
  }

  /** Takes a change in that was made here, and tells all members at the end of the turn. */
  publish(spec: SingletonSpec): void {
    this.#merge(spec);
    if (this.#unsent.size === 0) this.#surroundings.runtime.microtask(() => this.#tell());
    this.#unsent.add(spec.name);
  }

  /** Takes a change in that was made here, and of which all members are told by other means. */
  take(spec: SingletonSpec): void {
    this.#merge(spec);
  }

  /** Whether a spec of this name is on its way here. */
  isOnItsWay(name: string): boolean {
    return this.#pulls.isOnItsWay(name);
  }

  /** Tells a newly linked member what is known here. */
  linked(nodeId: string): void {
    const { table, protocol } = this.#surroundings;
    this.#pulls.gone(nodeId);
    for (const headers of batches(table.headers(), this.#limits, headerSize)) protocol.send(nodeId, { headers });
    this.#pull();
  }

  /** What this member said of these names is not the newest: it may not be linked to the node that changed them. */
  tellOf(names: readonly string[], nodeId: string): void {
    const { table, protocol } = this.#surroundings;
    const known = names.flatMap((name) => table.header(name) ?? []);
    for (const headers of batches(known, this.#limits, headerSize)) protocol.send(nodeId, { headers });
  }

  /** Whether this node has all specs that this member has told of. */
  isSettled(nodeId: string): boolean {
    return this.#pulls.isSettled(nodeId);
  }

  /** This member is gone. */
  gone(nodeId: string): void {
    this.#pulls.gone(nodeId);
    this.#comparedAt.delete(nodeId);
    this.#pull();
  }

  /** Gives up all timers. */
  stop(): void {
    this.#isStopped = true;
    this.#comparison?.cancel();
  }

  /** Takes in what a member says of specs. */
  received({ headers = [], specs = [], want, isGiven, digest }: SupervisionMessage, nodeId: string): void {
    const { table, learned } = this.#surroundings;
    const outdated: string[] = [];
    for (const spec of specs) if (!table.isNews(spec) || !learned(spec.name, spec, false)) this.#merge(spec, nodeId);
    for (const header of headers) {
      table.raiseEpoch(header.name, header.epoch);
      if (!table.isNews(header)) {
        if (table.isOutdated(header)) outdated.push(header.name);
        continue;
      }
      if (learned(header.name, header, header.state === "removed")) continue;
      if (header.state === "removed") this.#merge(tombstone(header.name, header));
      else this.#offered(header, nodeId);
    }
    this.tellOf(outdated, nodeId);
    if (isGiven === true) this.#pulls.given(nodeId);
    if (want !== undefined) this.#give(want, nodeId);
    if (digest !== undefined) this.#compared(digest, nodeId);
    if (headers.length > 0 || isGiven === true) this.#pull();
  }

  /** `nodeId` knows revision `revision` of the spec of this name, and this node none, or an older one. */
  missing(name: string, revision: number, nodeId: string): void {
    const isWanted = (): boolean => (this.#surroundings.table.get(name)?.revision ?? 0) < revision;
    if (this.#pulls.offer(nodeId, { name, bytes: inlineBytesMax, isWanted })) this.#surroundings.expected(name);
    this.#surroundings.runtime.microtask(() => this.#pull());
  }

  #offered(header: SpecHeader, nodeId: string): void {
    const { table, refused, expected } = this.#surroundings;
    const { name, bytes, state } = header;
    const isWanted = (): boolean => table.isNews(header) && table.hasRoomFor(name);
    if (!isWanted() || !this.#pulls.offer(nodeId, { name, bytes, isWanted })) refused("singletons", nodeId);
    else if (state === "wanted") expected(name);
  }

  /** @param nodeId who says so; absent: this node. */
  #merge(spec: SingletonSpec, nodeId?: string): void {
    const { table, merged, refused } = this.#surroundings;
    if (nodeId !== undefined && spec.state !== "removed" && !table.hasRoomFor(spec.name))
      return refused("singletons", nodeId);
    const before = table.get(spec.name);
    if (!table.put(spec)) return;
    this.#compareLater();
    merged(table.get(spec.name) as SingletonSpec, before);
  }

  // ---- what was missed ----

  /** As long as there is something to compare. */
  #compareLater(): void {
    const { runtime, table } = this.#surroundings;
    if (this.#comparison !== undefined || this.#isStopped || table.size === 0) return;
    // Not all nodes at the same moment.
    const pauseMs = compareMs * (0.5 + runtime.random());
    const compare = (): void => {
      this.#comparison = undefined;
      this.#compare();
      this.#compareLater();
    };
    this.#comparison = runtime.setTimer(pauseMs, compare, { background: true });
  }

  #compare(): void {
    const { runtime, table, protocol, linked } = this.#surroundings;
    const members = linked();
    const nodeId = members[Math.floor(runtime.random() * members.length)];
    if (nodeId !== undefined) protocol.send(nodeId, { digest: { sums: table.digest(), isAnswer: false } });
  }

  /** Both sides tell what they know of that which differs; what is newer on the other one is asked for, as after any such message. */
  #compared({ sums, isAnswer }: NonNullable<SupervisionMessage["digest"]>, nodeId: string): void {
    const { runtime, table, protocol } = this.#surroundings;
    const now = runtime.now();
    if (now - (this.#comparedAt.get(nodeId) ?? Number.NEGATIVE_INFINITY) < compareMs / 4) return;
    const differing = table.headersThatDiffer(sums, comparedMax);
    const isSame = differing.length === 0 && table.digest().every((sum, part) => sum === sums[part]);
    if (isSame) return;
    this.#comparedAt.set(nodeId, now);
    if (!isAnswer) protocol.send(nodeId, { digest: { sums: table.digest(), isAnswer: true } });
    for (const headers of batches(differing, this.#limits, headerSize)) protocol.send(nodeId, { headers });
  }

  #tell(): void {
    const { table, protocol } = this.#surroundings;
    const names = [...this.#unsent];
    this.#unsent.clear();
    let inlineBytes = 0;
    const isInline = (name: string): boolean => {
      const bytes = table.bytes(name);
      if (bytes > inlineBytesMax || inlineBytes + bytes > inlineBytesPerTurnMax) return false;
      if (table.get(name)?.state === "removed") return false;
      inlineBytes += bytes;
      return true;
    };
    const changes = names.flatMap((name) => {
      const header = table.header(name);
      return header === undefined ? [] : [{ header, spec: isInline(name) ? table.get(name) : undefined }];
    });
    const size = (each: (typeof changes)[number]): number =>
      headerSize(each.header) + (each.spec === undefined ? 0 : each.header.bytes);
    for (const batch of batches(changes, this.#limits, size)) {
      const specs = batch.flatMap(({ spec }) => (spec === undefined ? [] : [spec]));
      protocol.broadcast({ headers: batch.map(({ header }) => header), specs });
    }
  }

  #give(names: readonly string[], nodeId: string): void {
    const { table, protocol } = this.#surroundings;
    const specs = names.flatMap((name) => {
      const spec = table.get(name);
      return spec === undefined || spec.state === "removed" ? [] : [spec];
    });
    for (const batch of batches(specs, this.#limits, ({ name }) => table.bytes(name)))
      protocol.send(nodeId, { specs: batch });
    protocol.send(nodeId, { isGiven: true });
  }

  #pull(): void {
    for (const [nodeId, want] of this.#pulls.next()) this.#surroundings.protocol.send(nodeId, { want });
  }
}

function headerSize({ name }: SpecHeader): number {
  return headerBytes + textBytesMax(name);
}
