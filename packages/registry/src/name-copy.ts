import { compareStamps } from "@foundation/cluster";
import type { Registration } from "./registration.ts";
import { type Change, nameOf, type Registrations } from "./replica.ts";

/** What this node knows of the names of another one's incarnation; see `Replica`. */
export class NameCopy implements Registrations {
  readonly nodeId: string;
  readonly incarnation: number;
  /** The changes up to this one are in it. */
  version: number;
  /** All names were told once. */
  isComplete = false;
  /** The part of all names that has to come next; undefined when none is on its way. */
  nextPart: number | undefined;
  #known = new Map<string, Registration>();
  /** Names from before the present telling of all of them that were not told again yet. */
  #untold = new Map<string, Registration>();

  /** How many names are kept, at most. */
  readonly #namesMax: number;

  constructor(
    nodeId: string,
    { incarnation, version, namesMax }: { incarnation: number; version: number; namesMax: number },
  ) {
    this.nodeId = nodeId;
    this.incarnation = incarnation;
    this.version = version;
    this.#namesMax = namesMax;
  }

  /** Whether it is what its node had after change number {@link version}: nothing of an earlier telling is left in it. */
  get isExact(): boolean {
    return this.isComplete && this.nextPart === undefined && this.#untold.size === 0;
  }

  find(name: string): Registration | undefined {
    return this.#known.get(name) ?? this.#untold.get(name);
  }

  /** All names begin to be told: those that are not told again are gone at the end. */
  begin(version: number): void {
    this.version = version;
    this.nextPart = 0;
    const [few, many] =
      this.#known.size < this.#untold.size ? [this.#known, this.#untold] : [this.#untold, this.#known];
    // No name is in both: what is told or changed is untold no more.
    for (const [name, registration] of few) many.set(name, registration);
    this.#untold = many;
    this.#known = new Map();
  }

  /** Something is missing: what comes next does not fit until all names are told anew. */
  breakOff(): void {
    this.nextPart = undefined;
    this.isComplete = false;
  }

  /** One of all names. @returns whether it is kept. */
  tell(registration: Registration): boolean {
    const before = this.find(registration.name);
    if (before === undefined && this.#isFull) return false;
    this.#untold.delete(registration.name);
    // Told again: the object stays, so that its owner is seen to be the same.
    this.#known.set(registration.name, before !== undefined && isSame(before, registration) ? before : registration);
    return true;
  }

  /** @returns whether what it says is kept. */
  apply(change: Change): boolean {
    this.version++;
    const name = nameOf(change);
    if (change.kind === "taken" && this.#isFull && this.find(name) === undefined) return false;
    this.#untold.delete(name);
    if (change.kind === "taken") this.#known.set(name, change.registration);
    else this.#known.delete(name);
    return true;
  }

  /** What is not told again goes, and takes no room. */
  get #isFull(): boolean {
    return this.#known.size >= this.#namesMax;
  }

  /** Takes out at most `count` of the names that were not told again. */
  takeUntold(count: number): string[] {
    return takeKeys(this.#untold, count);
  }

  /** Takes out at most `count` names, until none is left. */
  take(count: number): string[] {
    const untold = takeKeys(this.#untold, count);
    return untold.length > 0 ? untold : takeKeys(this.#known, count);
  }
}

function takeKeys(map: Map<string, unknown>, count: number): string[] {
  const taken: string[] = [];
  for (const name of map.keys()) {
    if (taken.length >= count) break;
    taken.push(name);
    map.delete(name);
  }
  return taken;
}

function isSame(a: Registration, b: Registration): boolean {
  return a.actorId === b.actorId && a.epoch === b.epoch && compareStamps(a.stamp, b.stamp) === 0;
}
