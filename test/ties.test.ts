// Random links, unlinks, monitors, demonitors and ends of actors whose signals are under way for a while, against the rules of the
// Erlang reference manual ("Processes": links, monitors, exit signals), said once more as plainly as they can be.
import {
  Actor,
  type ActorRef,
  ActorSystem,
  type Down,
  type Exit,
  type ExitListener,
  type ExitReason,
  type ExitSignal,
  type Monitor,
  type Recipient,
  ActorRef as Ref,
} from "@foundation/actor";
import { SeededRandom, SimulatedRuntime, VirtualTime } from "@foundation/testkit";
import { describe, expect, it } from "vitest";

const actors = 4;
const stepsPerCase = 40;
const cases = 300;

type Reason = "normal" | "shutdown" | "crash";
type Step =
  | { readonly kind: "link" | "unlink" | "monitor" | "demonitor"; readonly by: number; readonly of: number }
  | { readonly kind: "end"; readonly by: number; readonly reason: Reason }
  /** The oldest signal that is under way from one actor to the other arrives. */
  | { readonly kind: "arrive"; readonly by: number; readonly of: number };

const crash = new Error("crash");
const reasonOf = (reason: Reason): ExitReason => (reason === "crash" ? crash : reason);
const nameOf = (reason: ExitReason): string => (reason === crash ? "crash" : String(reason));

/** Signals from one actor to another, which arrive in order and when they are told to. */
class Wire {
  readonly #waiting = new Map<string, (() => void)[]>();

  send(by: number, of: number, deliver: () => void): void {
    const lane = `${by}>${of}`;
    this.#waiting.set(lane, [...(this.#waiting.get(lane) ?? []), deliver]);
  }

  arrive(by: number, of: number): void {
    this.#waiting.get(`${by}>${of}`)?.shift()?.();
  }

  /** Everything arrives, until nothing is under way. */
  arriveAll(): void {
    for (let lane = this.#next(); lane !== undefined; lane = this.#next()) lane.shift()?.();
  }

  #next(): (() => void)[] | undefined {
    return [...this.#waiting.values()].find((lane) => lane.length > 0);
  }
}

// ---- the rules ----

interface Process {
  readonly id: number;
  reason: string | undefined;
  readonly traps: boolean;
  readonly links: Set<number>;
  /** The newest own monitor of each that is watched: they have numbers, so that a late end of an earlier one is told apart. */
  readonly monitors: Map<number, number>;
  /** Monitors of others that are known here, and whose they are. */
  readonly watchers: Map<number, number>;
}

class Model {
  #lastMonitor = 0;
  readonly wire = new Wire();
  readonly lines: string[] = [];
  readonly #processes: readonly Process[] = Array.from({ length: actors }, (_, id) => ({
    id,
    reason: undefined,
    traps: id % 2 === 1,
    links: new Set<number>(),
    monitors: new Map<number, number>(),
    watchers: new Map<number, number>(),
  }));

  step(step: Step): void {
    const self = this.#of(step.by);
    if (step.kind === "arrive") return this.wire.arrive(step.by, step.of);
    if (self.reason !== undefined) return;
    if (step.kind === "end") return this.#end(step.by, step.reason);
    const { of } = step;
    switch (step.kind) {
      case "link":
        if (self.links.has(of)) return;
        self.links.add(of);
        return this.wire.send(step.by, of, () => this.#linkArrives(step.by, of));
      case "unlink":
        if (self.links.delete(of)) this.wire.send(step.by, of, () => void this.#of(of).links.delete(step.by));
        return;
      case "monitor":
        return this.#monitor(self, of);
      case "demonitor":
        return this.#demonitor(self, of);
      default:
        step satisfies never;
    }
  }

  /** Who lives, who ended why; and whom each is watched by. */
  get picture(): string[] {
    return this.#processes.map(({ id, reason, watchers }) => `${id} ${reason ?? `lives, watched by ${watchers.size}`}`);
  }

  #of(id: number): Process {
    return this.#processes[id] as Process;
  }

  #monitor(self: Process, of: number): void {
    if (self.monitors.has(of)) return;
    const monitor = ++this.#lastMonitor;
    self.monitors.set(of, monitor);
    this.wire.send(self.id, of, () => this.#monitorArrives(self.id, of, monitor));
  }

  #demonitor(self: Process, of: number): void {
    const monitor = self.monitors.get(of);
    if (monitor === undefined) return;
    self.monitors.delete(of);
    this.wire.send(self.id, of, () => void this.#of(of).watchers.delete(monitor));
  }

  #linkArrives(by: number, of: number): void {
    const target = this.#of(of);
    if (target.reason === undefined) target.links.add(by);
    else this.wire.send(of, by, () => this.#linkedExit(of, by, "noproc"));
  }

  #monitorArrives(by: number, of: number, monitor: number): void {
    if (this.#of(of).reason === undefined) this.#of(of).watchers.set(monitor, by);
    else this.wire.send(of, by, () => this.#down(of, monitor, { by, reason: "noproc" }));
  }

  #linkedExit(by: number, of: number, reason: string): void {
    const self = this.#of(of);
    // A link that was taken back has no effect any more.
    if (self.reason !== undefined || !self.links.delete(by)) return;
    if (self.traps) this.lines.push(`${of} is told that ${by} ended: ${reason}`);
    else if (reason !== "normal") this.#end(of, reason);
  }

  /** @param of who has ended; `by`: whose monitor it is. */
  #down(of: number, monitor: number, { by, reason }: { readonly by: number; readonly reason: string }): void {
    const self = this.#of(by);
    if (self.reason !== undefined || self.monitors.get(of) !== monitor) return;
    self.monitors.delete(of);
    this.lines.push(`${by} sees the end of ${of}: ${reason}`);
  }

  #end(id: number, reason: string): void {
    const self = this.#of(id);
    self.reason = reason;
    for (const of of [...self.monitors.keys()]) this.#demonitor(self, of);
    for (const other of self.links) this.wire.send(id, other, () => this.#linkedExit(id, other, reason));
    for (const [monitor, by] of self.watchers) this.wire.send(id, by, () => this.#down(id, monitor, { by, reason }));
    self.watchers.clear();
  }
}

// ---- the same with actors ----

/** One actor as another one sees it: signals of both go over the wire. */
class Distant implements Recipient {
  readonly isLocal = false;
  readonly system: ActorSystem;
  readonly label: string;
  readonly #run: Run;
  readonly #by: number;
  readonly #of: number;

  constructor(run: Run, by: number, of: number) {
    this.system = run.system;
    this.label = `elsewhere/${of}`;
    this.#run = run;
    this.#by = by;
    this.#of = of;
  }

  resolve(): Recipient {
    return this;
  }

  whenKnown(found: (recipient: Recipient) => void): () => void {
    found(this);
    return () => {};
  }

  signal(signal: ExitSignal): void {
    const from = this.#run.seen(this.#of, this.#by);
    this.#run.wire.send(this.#by, this.#of, () => this.#run.cell(this.#of).signal({ ...signal, from }));
  }

  watch(listener: ExitListener): () => void {
    const { wire } = this.#run;
    let stop = (): void => {};
    wire.send(this.#by, this.#of, () => {
      stop = this.#run.watched(this.#of, (reason) => wire.send(this.#of, this.#by, () => listener(reason)));
    });
    return () => wire.send(this.#by, this.#of, () => stop());
  }

  tell(): void {}
  send(): void {}
  request(): void {}
  ready(): Promise<never> {
    return Promise.reject(new Error("only signals travel here"));
  }
  openStream(): never {
    throw new Error("only signals travel here");
  }
}

class Party extends Actor {
  readonly #run: Run;
  readonly #id: number;
  readonly #monitors = new Map<number, Monitor>();

  constructor(run: Run, id: number) {
    super();
    this.#run = run;
    this.#id = id;
    this.context.trapExits = id % 2 === 1;
  }

  take(step: Exclude<Step, { kind: "arrive" }>): void {
    if (step.kind === "end") return this.context.stop(reasonOf(step.reason));
    const ref = this.#run.seen(this.#id, step.of);
    switch (step.kind) {
      case "link":
        return this.context.link(ref);
      case "unlink":
        return this.context.unlink(ref);
      case "monitor":
        if (!this.#monitors.has(step.of)) this.#monitors.set(step.of, this.context.monitor(ref));
        return;
      case "demonitor":
        this.#monitors.get(step.of)?.cancel();
        this.#monitors.delete(step.of);
        return;
      default:
        step satisfies never;
    }
  }

  protected override onExit({ from, reason }: Exit): void {
    this.#run.lines.push(`${this.#id} is told that ${from.recipient.label.split("/")[1]} ended: ${nameOf(reason)}`);
  }

  protected override onDown({ ref, reason }: Down): void {
    const of = Number(ref.recipient.label.split("/")[1]);
    this.#monitors.delete(of);
    this.#run.lines.push(`${this.#id} sees the end of ${of}: ${nameOf(reason)}`);
  }
}

class Run {
  readonly wire = new Wire();
  readonly lines: string[] = [];
  readonly #time = new VirtualTime();
  readonly system = new ActorSystem({
    runtime: new SimulatedRuntime(this.#time, new SeededRandom(1), () => {}),
  });
  readonly #cells: ReturnType<ActorSystem["cell"]>[] = [];
  readonly #refs: ActorRef<Party>[] = [];
  readonly #watchers = Array.from({ length: actors }, () => 0);

  start(): void {
    for (let id = 0; id < actors; id++) {
      const ref = this.system.spawn(Party, { args: [this, id] });
      this.#refs.push(ref);
      this.#cells.push(this.system.cellOf(ref));
    }
  }

  cell(id: number) {
    const cell = this.#cells[id];
    if (cell === undefined) throw new Error(`there is no actor ${id}`);
    return cell;
  }

  seen(by: number, of: number): ActorRef {
    return new Ref(new Distant(this, by, of));
  }

  /** Watches an actor and counts the watchers that it has. */
  watched(id: number, listener: ExitListener): () => void {
    let isOpen = this.cell(id).isAlive;
    const change = (by: number): void => {
      this.#watchers[id] = (this.#watchers[id] ?? 0) + by;
    };
    if (isOpen) change(1);
    const stop = this.cell(id).watch(listener);
    return () => {
      if (isOpen) change(-1);
      isOpen = false;
      stop();
    };
  }

  async step(step: Step): Promise<void> {
    if (step.kind === "arrive") this.wire.arrive(step.by, step.of);
    else if (this.cell(step.by).isAlive) this.#refs[step.by]?.tell.take(step);
    await this.settle();
  }

  async settle(): Promise<void> {
    await this.#time.advance(1);
  }

  get picture(): string[] {
    return this.#cells.map((cell, id) => {
      const reason = cell?.exitReason;
      return `${id} ${reason === undefined ? `lives, watched by ${this.#watchers[id]}` : nameOf(reason)}`;
    });
  }

  async stop(): Promise<void> {
    const stopped = this.system.stop();
    await this.#time.advance(10);
    await stopped;
  }
}

function draw(random: SeededRandom): Step {
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const by = below(actors);
  const of = (by + 1 + below(actors - 1)) % actors;
  const roll = below(100);
  if (roll < 45) return { kind: "arrive", by, of };
  if (roll < 60) return { kind: "link", by, of };
  if (roll < 74) return { kind: "unlink", by, of };
  if (roll < 86) return { kind: "monitor", by, of };
  if (roll < 94) return { kind: "demonitor", by, of };
  return { kind: "end", by, reason: (["normal", "shutdown", "crash"] as const)[below(3)] ?? "crash" };
}

describe("[V8] links and monitors whose signals are under way", () => {
  it.each([1, 1_001])("follow the rules of the Erlang reference manual, seeds from %i", async (first) => {
    let told = 0;
    for (let seed = first; seed < first + cases; seed++) {
      const random = new SeededRandom(seed);
      const model = new Model();
      const run = new Run();
      run.start();
      await run.settle();
      const steps: Step[] = [];
      const compare = (): void => {
        const [found, expected] = [run, model].map(({ lines, picture }) => [...lines, ...picture].join("\n"));
        if (found === expected) return;
        const why = `seed ${seed}, after\n${steps.map((step) => JSON.stringify(step)).join("\n")}`;
        expect({ lines: run.lines, picture: run.picture }, why).toEqual({ lines: model.lines, picture: model.picture });
      };
      for (let count = 0; count < stepsPerCase; count++) {
        const step = draw(random);
        steps.push(step);
        model.step(step);
        await run.step(step);
        compare();
      }
      for (let round = 0; round < 6; round++) {
        for (let by = 0; by < actors; by++) {
          for (let of = 0; of < actors; of++) {
            const step: Step = { kind: "arrive", by, of };
            steps.push(step);
            model.step(step);
            await run.step(step);
            compare();
          }
        }
      }
      told += model.lines.length;
      await run.stop();
    }
    // The rules were tried: somebody was told something in most cases.
    expect(told).toBeGreaterThan(cases);
  });
});
