import type { NodeProtocol } from "@foundation/cluster";
import type { OwnNames } from "./own-names.ts";
import type { Registration } from "./registration.ts";
import { itemsPerMessageMax, RegistrationPacker, type RegistryMessage } from "./registry-message.ts";

/** Limits of {@link NameFeeds}. */
export interface NameFeedsLimits {
  /** Names or changes in one message. */
  readonly itemsMax: number;
  /** Bytes that a member may have on their way to it, about, before it says that it has taken some. */
  readonly windowBytes: number;
  /** Bytes after which a member is asked to say so. */
  readonly markBytes: number;
}

/** Four full messages under way, and an answer for every one. */
const limitsDefault: NameFeedsLimits = {
  itemsMax: itemsPerMessageMax,
  windowBytes: 256 * 1024,
  markBytes: 32 * 1024,
};

/** What one member has been sent on its present link. */
interface Feed {
  readonly nodeId: string;
  /** Names that are still to be sent; undefined when all were. */
  names: Iterator<Registration> | undefined;
  /** How many there are of them, at most: what is taken after the first part is told as a change. */
  namesLeft: number;
  /** The next part of them. */
  part: number;
  /** All changes up to this one were sent, or are in the names that are. */
  version: number;
  sentBytes: number;
  takenBytes: number;
  /** How much had been sent when the member was asked to say that it has taken it. */
  marks: { readonly mark: number; readonly sentBytes: number }[];
}

/**
 * Sends this node's names to all members: to a new one all of them, to all what changes.
 *
 * A change leaves in its turn, encoded once for all members that keep up. What a member gets beyond that is paced by the member
 * itself: of a large state, or of a burst of changes, at most 256 KiB are under way, and the next part is made when
 * one was taken. So no queue of a link grows with the number of names, and neither does the work of a turn.
 *
 * All parts and changes of one member keep their order. A part is made of the names as they are at that moment, after all
 * changes before it have been sent; so the member may apply both as they come.
 */
export class NameFeeds {
  readonly #own: OwnNames;
  readonly #protocol: Pick<NodeProtocol<RegistryMessage>, "send" | "multicast">;
  readonly #feeds = new Map<string, Feed>();
  readonly #limits: NameFeedsLimits;
  #lastMark = 0;

  constructor(
    own: OwnNames,
    protocol: Pick<NodeProtocol<RegistryMessage>, "send" | "multicast">,
    limits: NameFeedsLimits = limitsDefault,
  ) {
    this.#own = own;
    this.#protocol = protocol;
    this.#limits = limits;
  }

  /** A link to this member begins, or it has lost track: it gets all names. */
  begin(nodeId: string): void {
    const feed: Feed = {
      nodeId,
      names: undefined,
      namesLeft: 0,
      part: 0,
      version: 0,
      sentBytes: 0,
      takenBytes: 0,
      marks: [],
    };
    this.#feeds.set(nodeId, feed);
    this.#restart(feed);
    this.#pump(feed);
  }

  /** The member is gone. */
  end(nodeId: string): void {
    this.#feeds.delete(nodeId);
    this.#forgetChanges();
  }

  /** No member follows any more. */
  clear(): void {
    this.#feeds.clear();
    this.#forgetChanges();
  }

  /** The member has handled everything up to this mark. */
  taken(nodeId: string, mark: number): void {
    const feed = this.#feeds.get(nodeId);
    if (feed === undefined) return;
    while (feed.marks[0] !== undefined && feed.marks[0].mark <= mark) {
      feed.takenBytes = feed.marks[0].sentBytes;
      feed.marks.shift();
    }
    this.#pump(feed);
    this.#forgetChanges();
  }

  /** There were changes in this turn: members that keep up get them. */
  push(): void {
    for (const feeds of this.#byVersion()) this.#pushTo(feeds);
    for (const feed of this.#feeds.values()) this.#pump(feed);
    this.#forgetChanges();
  }

  /** Members that have room and lack changes, grouped by the last change that they have. */
  #byVersion(): Iterable<Feed[]> {
    const groups = new Map<number, Feed[]>();
    for (const feed of this.#feeds.values()) {
      if (!this.#hasRoom(feed) || feed.version === this.#own.version || !this.#own.keepsChangesAfter(feed.version))
        continue;
      const group = groups.get(feed.version);
      if (group === undefined) groups.set(feed.version, [feed]);
      else group.push(feed);
    }
    return groups.values();
  }

  #pushTo(group: readonly Feed[]): void {
    let feeds = group;
    for (let [first] = feeds; first !== undefined && first.version < this.#own.version; [first] = feeds) {
      this.#sendChanges(feeds, first.version);
      feeds = feeds.filter((feed) => this.#isCurrent(feed) && this.#hasRoom(feed));
    }
  }

  /** Sends what there is and what the member has room for. */
  #pump(feed: Feed): void {
    while (this.#isCurrent(feed) && this.#hasRoom(feed)) {
      if (feed.version < this.#own.version) {
        if (this.#own.keepsChangesAfter(feed.version)) this.#sendChanges([feed], feed.version);
        else this.#restart(feed);
      } else if (feed.names !== undefined) this.#sendNames(feed, feed.names);
      else return;
    }
  }

  #isCurrent(feed: Feed): boolean {
    return this.#feeds.get(feed.nodeId) === feed;
  }

  #restart(feed: Feed): void {
    feed.names = this.#own.registrations();
    feed.namesLeft = this.#own.replica.registrations.size;
    feed.part = 0;
    feed.version = this.#own.version;
  }

  #sendNames(feed: Feed, names: Iterator<Registration>): void {
    const { incarnation, version } = this.#own;
    const packer = new RegistrationPacker(this.#limits.itemsMax);
    const registrations = [];
    while (feed.namesLeft > 0 && packer.hasRoom) {
      const { done, value } = names.next();
      feed.namesLeft = done ? 0 : feed.namesLeft - 1;
      if (!done) registrations.push(packer.registration(value));
    }
    const isLast = feed.namesLeft === 0;
    const { classes, bytes } = packer;
    const part = feed.part++;
    if (isLast) feed.names = undefined;
    const message = { kind: "full", incarnation, version, part, isLast, registrations, classes } as const;
    this.#send([feed], message, bytes);
  }

  #sendChanges(feeds: readonly Feed[], from: number): void {
    const { incarnation } = this.#own;
    const packer = new RegistrationPacker(this.#limits.itemsMax);
    const changes = [];
    for (const change of this.#own.changesAfter(from, this.#limits.itemsMax)) {
      if (!packer.hasRoom) break;
      changes.push(packer.change(change));
    }
    for (const feed of feeds) feed.version = from + changes.length;
    const { classes, bytes } = packer;
    this.#send(feeds, { kind: "delta", incarnation, from, changes, classes }, bytes);
  }

  #send(feeds: readonly Feed[], message: Extract<RegistryMessage, { kind: "delta" | "full" }>, bytes: number): void {
    for (const feed of feeds) feed.sentBytes += bytes;
    const isMarked = feeds.some(
      (feed) => feed.sentBytes - (feed.marks.at(-1)?.sentBytes ?? feed.takenBytes) >= this.#limits.markBytes,
    );
    const mark = isMarked ? ++this.#lastMark : undefined;
    if (mark !== undefined) for (const feed of feeds) feed.marks.push({ mark, sentBytes: feed.sentBytes });
    const [first] = feeds;
    const sent = mark === undefined ? message : { ...message, mark };
    if (feeds.length > 1)
      this.#protocol.multicast(
        feeds.map(({ nodeId }) => nodeId),
        sent,
      );
    // Without a link there is nobody to send to; the next link begins anew.
    else if (first !== undefined && !this.#protocol.send(first.nodeId, sent) && this.#isCurrent(first)) {
      this.#feeds.delete(first.nodeId);
    }
  }

  #forgetChanges(): void {
    let version = this.#own.version;
    for (const feed of this.#feeds.values()) version = Math.min(version, feed.version);
    this.#own.forget(version);
  }

  #hasRoom({ sentBytes, takenBytes }: Feed): boolean {
    return sentBytes - takenBytes < this.#limits.windowBytes;
  }
}
