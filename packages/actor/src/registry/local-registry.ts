import type { Actor } from "../actor/actor.ts";
import type { ActorCell } from "../actor/actor-cell.ts";
import { ActorError, OverloadedError } from "../errors.ts";
import { inspectAs } from "../log/short-inspect.ts";
import { ActorRef, assertRef } from "../message/ref.ts";
import { callback, oneOf, required, text, wholeNumber } from "../options/option-rule.ts";
import { checkValue, OptionTable, shown } from "../options/option-table.ts";
import { callGuarded } from "../runtime/guarded-callback.ts";
import { ToldInOrder } from "../runtime/told-in-order.ts";
import type { ActorSystem } from "../system/actor-system.ts";
import { actorSystemRule } from "../system/actor-system-rule.ts";
import { EntryGroup } from "./entry-group.ts";
import { LocalName } from "./local-name.ts";

/** Settings of a {@link LocalRegistry}. */
export interface LocalRegistryOptions {
  /** `unique`: one actor a key. `duplicate`: a group of actors a key, each at most once. */
  readonly keys: "unique" | "duplicate";
  /** Entries at most. Default 1 000 000. */
  readonly maxEntries?: number;
}

const optionTable = new OptionTable<LocalRegistryOptions>("LocalRegistry", {
  keys: required(oneOf("unique", "duplicate")),
  maxEntries: wholeNumber({ min: 1 }),
});

/** One actor under one key. */
export interface RegistryEntry<V> {
  readonly key: string;
  readonly ref: ActorRef;
  readonly value: V;
}

/** What a listener is told. */
export interface RegistryChange<V> extends RegistryEntry<V> {
  readonly kind: "registered" | "unregistered" | "updated";
}

/** A unique key has an owner already. */
export class NameTakenError extends ActorError {
  readonly owner: ActorRef;

  constructor(key: string, owner: ActorRef) {
    super("nameTaken", `${shown(key)} is taken by ${owner}; ask it, or choose another name`);
    this.owner = owner;
  }
}

/**
 * Names and groups of one node's actors, with a value each: Elixir's `Registry`.
 *
 * ```ts
 * import { Actor, ActorSystem, LocalRegistry } from "@foundation/actor";
 *
 * class Room extends Actor {
 *   say(text: string): string {
 *     return `lobby: ${text}`;
 *   }
 * }
 *
 * await using system = new ActorSystem();
 * const rooms = new LocalRegistry<{ seats: number }>(system, { keys: "unique" });
 * rooms.register("lobby", system.spawn(Room), { seats: 12 });
 *
 * console.log(await rooms.ref<Room>("lobby").ask.say("hello")); // lobby: hello
 * console.log(rooms.select(({ value }) => value.seats > 10).map(({ key }) => key)); // [ 'lobby' ]
 * ```
 *
 * An actor's entries are gone before anybody learns that it has ended, so whoever gets a `Down` can take its name. Reads are
 * map lookups. Listeners are called in the turn of the change, all of them in the order of the changes: what a listener changes is told
 * after what it was told of.
 *
 * When not to use it: for names that other nodes know, use the cluster's registry.
 */
export class LocalRegistry<V = undefined> {
  readonly #system: ActorSystem;
  readonly #isUnique: boolean;
  readonly #maxEntries: number;
  readonly #entries = new Map<string, EntryGroup<RegistryEntry<V>>>();
  readonly #keys = new Map<ActorCell, Set<string>>();
  readonly #listeners = new Set<{ readonly told: (change: RegistryChange<V>) => void }>();
  readonly #inOrder = new ToldInOrder();
  readonly #close: () => void;
  #size = 0;
  #isClosed = false;

  /** @throws ActorError `invalidOption`. */
  constructor(system: ActorSystem, options: LocalRegistryOptions) {
    checkValue("the system of a LocalRegistry", system, actorSystemRule);
    optionTable.check(options);
    const { keys, maxEntries = 1_000_000 } = options;
    this.#system = system;
    this.#isUnique = keys === "unique";
    this.#maxEntries = maxEntries;
    this.#close = system.beforeExitSignals((cell) => this.#ended(cell));
  }

  /** How many entries there are. */
  get size(): number {
    return this.#size;
  }

  /**
   * Enters a local actor under `key`. Entering it again under the same key of a `duplicate` registry changes its value.
   *
   * @throws NameTakenError when another actor has the unique key, or the same one.
   * @throws ActorError `noproc` when the actor has ended or lives elsewhere, or after {@link close}; `overloaded` when the registry is full.
   */
  register(key: string, ref: ActorRef<object>, ...[given]: undefined extends V ? [value?: V] : [value: V]): void {
    checkKey(key);
    assertRef(ref);
    const value = given as V;
    const cell = this.#system.cellOf(ref);
    if (cell === undefined) throw new ActorError("noproc", `${ref} is no living actor of this node`);
    if (this.#isClosed) throw new ActorError("noproc", `the registry was closed; ${shown(key)} was not entered`);
    const before = this.#entries.get(key);
    const owner = this.#isUnique ? before?.first : undefined;
    if (owner !== undefined) throw new NameTakenError(key, owner.ref);
    if (before?.get(cell) !== undefined) return void this.update(key, ref, () => value);
    if (this.#size >= this.#maxEntries) {
      throw new ActorError("overloaded", `this registry has ${this.#maxEntries} entries, as many as it may`);
    }
    const entry = { key, ref: cell.self, value };
    const group = before ?? new EntryGroup();
    if (before === undefined) this.#entries.set(key, group);
    group.set(cell, entry);
    const keys = this.#keys.get(cell);
    if (keys === undefined) this.#keys.set(cell, new Set([key]));
    else keys.add(key);
    this.#size++;
    this.#tell("registered", entry);
  }

  /** Takes entries back: all under `key`, or only that of `ref`. @returns how many there were. @throws ActorError `invalidOption`. */
  unregister(key: string, ref?: ActorRef<object>): number {
    checkKey(key);
    const cells = ref === undefined ? this.#entries.get(key)?.cells() : [this.#system.cellOf(ref)];
    let count = 0;
    for (const cell of cells ?? []) if (cell !== undefined && this.#remove(key, cell)) count++;
    return count;
  }

  /** Changes the value of an entry. @returns the new one, or undefined when there is no such entry. @throws ActorError `invalidOption`. */
  update(key: string, ref: ActorRef<object>, change: (value: V) => V): V | undefined {
    checkKey(key);
    checkValue("the change of a registry's value", change, callback);
    const cell = this.#system.cellOf(ref);
    const entry = cell && this.#entries.get(key)?.get(cell);
    if (cell === undefined || entry === undefined) return undefined;
    const changed = { ...entry, value: change(entry.value) };
    const entries = this.#entries.get(key);
    // `change` is the program's: it may have taken the entry back.
    if (entries?.get(cell) === undefined) return undefined;
    entries.set(cell, changed);
    this.#tell("updated", changed);
    return changed.value;
  }

  /** The entries under `key`, in order of registration. @throws ActorError `invalidOption`. */
  lookup(key: string): RegistryEntry<V>[] {
    return this.#group(key)?.entries() ?? [];
  }

  /** The actor that was entered first under `key`. @throws ActorError `invalidOption`. */
  whereis(key: string): ActorRef | undefined {
    return this.#group(key)?.first?.ref;
  }

  /** A ref that reaches whoever is entered first under `key` when a message is sent; `noproc` when nobody is. @throws ActorError `invalidOption`. */
  ref<A extends object = Actor>(key: string): ActorRef<A> {
    checkKey(key);
    return new ActorRef<A>(new LocalName(this.#system, key, () => this.whereis(key)));
  }

  /** The keys of an actor. */
  keysOf(ref: ActorRef<object>): string[] {
    const cell = this.#system.cellOf(ref);
    return cell === undefined ? [] : [...(this.#keys.get(cell) ?? [])];
  }

  /** The entries that `matches`. @throws ActorError `invalidOption`. */
  select(matches: (entry: RegistryEntry<V>) => boolean): RegistryEntry<V>[] {
    checkValue("what select() gets", matches, callback);
    const found: RegistryEntry<V>[] = [];
    // As they are now: `matches` is the program's, and may enter more.
    for (const entries of [...this.#entries.values()]) {
      for (const entry of entries.entries()) if (matches(entry)) found.push(entry);
    }
    return found;
  }

  /**
   * Sends a plain message to every actor under `key`. One whose mailbox is full keeps it from no other: for that one it is a dead letter.
   *
   * @returns how many took it. @throws ActorError `invalidOption`.
   */
  dispatch(key: string, message: unknown): number {
    let taken = 0;
    for (const { ref } of this.lookup(key)) if (this.#send(ref, message)) taken++;
    return taken;
  }

  #send(ref: ActorRef, message: unknown): boolean {
    try {
      ref.send(message);
      return true;
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error;
      const { label } = ref.recipient;
      this.#system.deadLetter({ recipient: label, method: "receive", args: [message], reason: "overloaded" });
      return false;
    }
  }

  /** Calls `listener` for every change from now on. Returns how to take it back. */
  listen(listener: (change: RegistryChange<V>) => void): () => void {
    checkValue("the listener of a registry", listener, callback);
    // One function may listen twice, and take one of both back.
    const own = { told: listener };
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Forgets everything, tells nobody, and takes nothing more. */
  close(): void {
    this.#isClosed = true;
    this.#close();
    this.#entries.clear();
    this.#keys.clear();
    this.#listeners.clear();
    this.#size = 0;
  }

  /** A key that is found needs no check. */
  #group(key: string): EntryGroup<RegistryEntry<V>> | undefined {
    const group = this.#entries.get(key);
    if (group === undefined) checkKey(key);
    return group;
  }

  #ended(cell: ActorCell): void {
    for (const key of this.#keys.get(cell) ?? []) this.#remove(key, cell);
  }

  /** @returns whether there was such an entry. */
  #remove(key: string, cell: ActorCell): boolean {
    const entries = this.#entries.get(key);
    const entry = entries?.delete(cell);
    if (entries === undefined || entry === undefined) return false;
    if (entries.size === 0) this.#entries.delete(key);
    const keys = this.#keys.get(cell);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(cell);
    this.#size--;
    this.#tell("unregistered", entry);
    return true;
  }

  #tell(kind: RegistryChange<V>["kind"], entry: RegistryEntry<V>): void {
    if (this.#listeners.size === 0) return;
    this.#inOrder.tell(() => {
      for (const listener of [...this.#listeners]) {
        const about = { event: kind, listener: listener.told };
        callGuarded(this.#system.storms, about, () => listener.told({ kind, ...entry }));
      }
    });
  }
}

function checkKey(key: unknown): void {
  checkValue("the key of a registry", key, text);
}

inspectAs(LocalRegistry, ({ size }) => `LocalRegistry(${size === 1 ? "1 entry" : `${size} entries`})`);
