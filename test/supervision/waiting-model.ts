import type { Strategy } from "@foundation/actor";

/** A child of the model: its name, and whether it has a back-off. */
export interface ModelChild {
  readonly id: string;
  readonly hasBackoff: boolean;
}

/**
 * What is done to a supervisor: `crash a`; `fail a`: its next start will; the calls `terminate a`, `delete a`, `restart a`, and
 * `add a`, of a child with a back-off; `time` passes.
 */
export type Deed = `${DeedKind} ${string}` | "time";
export type DeedKind = "crash" | "fail" | "terminate" | "delete" | "restart" | "add";

/** A child that is there only when it has been added. */
const addedId = "d";

interface State extends ModelChild {
  state: "running" | "stopped" | "restarting";
  /** When its own wait is over. */
  dueAt: number;
  /** Which wait it is: of two that are over at one moment the earlier one counts first. */
  wait: number;
  failures: number;
  /** Whether its next start fails. */
  isFailing: boolean;
}

const fresh = { state: "running", dueAt: 0, wait: 0, failures: 0, isFailing: false } as const;

/** The back-off of those that have one. */
export const modelBackoff = { minMs: 100, maxMs: 1_000, factor: 2, jitter: 0 } as const;

/** How much time the deed `time` takes: a first wait is over after two of them. Milliseconds. */
export const deedMs = 60;

/**
 * The rules of back-off in a group as plainly as they can be said: without promises, timers and messages.
 *
 * It tells starts, failed starts and stops with their times, what callers are answered, and the states after each deed.
 */
export class WaitingModel {
  readonly lines: string[] = [];
  readonly #strategy: Strategy;
  #children: State[];
  #now = 0;
  #waits = 0;

  constructor(strategy: Strategy, children: readonly ModelChild[]) {
    this.#strategy = strategy;
    this.#children = children.map((each) => ({ ...each, ...fresh }));
  }

  static after(strategy: Strategy, children: readonly ModelChild[], deeds: readonly Deed[]): WaitingModel {
    const model = new WaitingModel(strategy, children);
    for (const deed of deeds) model.do(deed);
    return model;
  }

  /** Another one in the same state, which has told nothing yet. */
  copy(): WaitingModel {
    const copy = new WaitingModel(this.#strategy, []);
    copy.#children = this.#children.map((each) => ({ ...each }));
    copy.#now = this.#now;
    copy.#waits = this.#waits;
    return copy;
  }

  /** Whether a deed can be done at all: what crashes runs. */
  can(deed: Deed): boolean {
    const [kind, id] = deed.split(" ");
    const child = this.#children.find((each) => each.id === id);
    if (kind === "crash") return child?.state === "running";
    if (kind === "fail") return child?.isFailing === false;
    return true;
  }

  /** All that there is to know; deeds that do not change it need no sequel. */
  get fingerprint(): string {
    const children = this.#children.map((each) => ({ ...each, dueAt: Math.max(0, each.dueAt - this.#now), wait: 0 }));
    return JSON.stringify(children);
  }

  do(deed: Deed): void {
    this.lines.push(`> ${deed}`);
    const answer = this.#perform(deed);
    if (answer !== undefined) this.lines.push(`answer ${answer}`);
    this.lines.push(this.#children.map(({ id, state }) => `${id} ${state}`).join());
  }

  #perform(deed: Deed): string | undefined {
    if (deed === "time") return this.#pass(deedMs);
    const [kind, id] = deed.split(" ");
    const child = this.#children.find((each) => each.id === id);
    if (kind === "add") {
      if (child !== undefined) return "childExists";
      const added: State = { ...fresh, id: id as string, hasBackoff: true };
      this.#children.push(added);
      this.#tell("starts", added);
      return "ok";
    }
    if (child === undefined) return "noSuchChild";
    switch (kind) {
      case "crash":
        return this.#crash(child);
      case "fail":
        child.isFailing = true;
        return undefined;
      case "terminate":
        if (child.state === "running") this.#tell("stops", child);
        child.state = "stopped";
        this.#goOn();
        return "ok";
      default:
        if (child.state !== "stopped") return "childRunning";
        if (kind === "restart") return this.#start(child) ? "ok" : "startFailed";
        this.#children = this.#children.filter((each) => each !== child);
        return "ok";
    }
  }

  #pass(durationMs: number): undefined {
    const end = this.#now + durationMs;
    for (;;) {
      const waiting = this.#children.filter(({ state, dueAt }) => state === "restarting" && dueAt > this.#now);
      const next = Math.min(...waiting.map(({ dueAt }) => dueAt));
      if (next > end) break;
      this.#now = next;
      this.#goOn();
    }
    this.#now = end;
  }

  #crash(child: State): undefined {
    child.state = "restarting";
    this.#wait(child);
    const group = this.#groupOf(child);
    this.#stop(group);
    for (const each of group) this.#restartLater(each);
    this.#goOn();
  }

  // ---- the rules ----

  /** Starts all that may be started, until nothing more may. */
  #goOn(): void {
    for (;;) {
      const restarting = this.#children.filter(({ state }) => state === "restarting");
      const due = restarting.filter(({ dueAt }) => dueAt <= this.#now);
      const [first] = this.#strategy === "oneForOne" ? due.sort((a, b) => a.wait - b.wait) : due;
      if (first === undefined) return;
      // One for all: nobody starts before all may. Rest for one: nobody starts before those in front of it run.
      if (this.#strategy === "oneForAll" && due.length < restarting.length) return;
      if (this.#strategy === "restForOne" && first !== restarting[0]) return;
      this.#startGroup(this.#groupOf(first));
    }
  }

  #startGroup(group: readonly State[]): void {
    this.#stop(group);
    for (const each of group) {
      if (each.state !== "restarting") continue;
      if (each.dueAt > this.#now) return;
      if (this.#start(each)) continue;
      each.state = "restarting";
      this.#wait(each);
      if (each.hasBackoff) this.#stop(this.#groupOf(each));
      return;
    }
  }

  #start(child: State): boolean {
    const { isFailing } = child;
    child.isFailing = false;
    child.state = isFailing ? "stopped" : "running";
    this.#tell(isFailing ? "fails" : "starts", child);
    return !isFailing;
  }

  /** Stops those that run, the last one first. They are to start again. */
  #stop(group: readonly State[]): void {
    for (const each of group.toReversed()) {
      if (each.state !== "running") continue;
      this.#tell("stops", each);
      this.#restartLater(each);
    }
  }

  #restartLater(child: State): void {
    if (child.state === "restarting") return;
    child.state = "restarting";
    child.dueAt = 0;
  }

  #wait(child: State): void {
    const { minMs, maxMs, factor } = modelBackoff;
    child.wait = ++this.#waits;
    child.dueAt = this.#now + (child.hasBackoff ? Math.min(maxMs, minMs * factor ** child.failures++) : 0);
  }

  #groupOf(child: State): readonly State[] {
    if (this.#strategy === "oneForOne") return [child];
    return this.#strategy === "oneForAll" ? this.#children : this.#children.slice(this.#children.indexOf(child));
  }

  #tell(what: string, { id }: State): void {
    this.lines.push(`${this.#now} ${id} ${what}`);
  }
}

/** What can be tried at all. */
function deedsOf(children: readonly ModelChild[], kinds: readonly DeedKind[]): readonly Deed[] {
  const ids = children.map(({ id }) => id);
  if (kinds.includes("add")) ids.push(addedId);
  return ["time", ...kinds.flatMap((kind) => ids.map((id): Deed => `${kind} ${id}`))];
}

/** Which sequences of deeds, and for which children. */
export interface Scope {
  readonly strategy: Strategy;
  readonly children: readonly ModelChild[];
  readonly kinds: readonly DeedKind[];
  readonly length: number;
}

/**
 * All sequences of `length` deeds of which each changes something, and shorter ones that end with a deed that does not: a call
 * that is refused, or of no effect.
 */
export function sequencesOf({ strategy, children, kinds, length }: Scope): readonly (readonly Deed[])[] {
  const all = deedsOf(children, kinds);
  const found: (readonly Deed[])[] = [];
  const extend = (deeds: readonly Deed[], before: WaitingModel): void => {
    if (deeds.length === length) return void found.push(deeds);
    for (const deed of all) {
      if (!before.can(deed)) continue;
      const after = before.copy();
      after.do(deed);
      const next = [...deeds, deed];
      if (after.fingerprint !== before.fingerprint) extend(next, after);
      else if (deed !== "time") found.push(next);
    }
  };
  extend([], new WaitingModel(strategy, children));
  return found;
}
