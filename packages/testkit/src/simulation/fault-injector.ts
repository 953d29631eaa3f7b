import type { SeededRandom } from "../world/seeded-random.ts";
import type { World } from "../world/world.ts";

/** Faults that a {@link FaultInjector} may cause. */
export type Fault = "crash" | "restart" | "pause" | "stall" | "partition" | "heal" | "cut" | "block" | "path" | "clock";

/** Settings of a {@link FaultInjector}. */
export interface FaultInjectorOptions {
  /** Faults that may happen; drawn evenly. */
  readonly faults: readonly Fault[];
  /** Virtual milliseconds between two faults, at most. Default 2 000. */
  readonly pauseMsMax?: number;
  /** Nodes that stay up, at least. Default 1. */
  readonly aliveMin?: number;
  /** Boots a node that crashed earlier. */
  readonly restart: (name: string) => Promise<unknown>;
}

/** Does random harm to a world, the same for the same seed, and makes up for it in the end. */
export class FaultInjector {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #options: FaultInjectorOptions;
  readonly #crashed: string[] = [];
  /** What was done, for reports. */
  readonly history: string[] = [];

  constructor(world: World, options: FaultInjectorOptions) {
    this.#world = world;
    this.#random = world.random("faults");
    this.#options = options;
  }

  /** Causes faults for `durationMs` virtual milliseconds. */
  async run(durationMs: number): Promise<void> {
    const end = this.#world.time.now + durationMs;
    while (this.#world.time.now < end) {
      await this.#cause(this.#random.pick(this.#options.faults));
      await this.#world.advance(this.#random.between(0, this.#options.pauseMsMax ?? 2_000));
    }
  }

  /** Ends all faults and boots what had crashed. */
  async recover(): Promise<void> {
    this.#world.heal();
    this.#world.path({ delayMs: 0.2, jitterMs: 0.1, loss: 0, bytesPerMs: Number.POSITIVE_INFINITY });
    for (const { name, runtime } of this.#world.nodes) if (runtime.state === "paused") this.#world.resume(name);
    while (this.#crashed.length > 0) await this.#restart();
  }

  async #cause(fault: Fault): Promise<void> {
    const running = this.#world.nodes.filter(({ runtime }) => runtime.state === "running").map(({ name }) => name);
    const [one, other] = [this.#random.pick(running), this.#random.pick(running)];
    switch (fault) {
      case "crash":
        if (running.length <= (this.#options.aliveMin ?? 1)) return;
        this.#did(`crash ${one}`);
        this.#world.crash(one);
        this.#crashed.push(one);
        return;
      case "restart":
        return this.#restart();
      case "pause":
      case "stall":
        return this.#freeze(one, fault, running.length);
      case "partition":
        return this.#partition(running);
      case "heal":
        this.#did("heal");
        return this.#world.heal();
      case "cut":
        if (one === other) return;
        this.#did(`cut ${one} ${other}`);
        return this.#world.cut(one, other);
      case "block":
        if (one === other) return;
        this.#did(`block ${one}>${other}`);
        return this.#world.blockOneWay(one, other);
      case "path":
        return this.#changePath();
      case "clock":
        this.#did(`clock ${one}`);
        return this.#world.get(one).runtime.jumpWallClock(this.#random.integer(-3_600_000, 3_600_000));
      default:
        fault satisfies never;
    }
  }

  async #restart(): Promise<void> {
    const name = this.#crashed.shift();
    if (name === undefined) return;
    this.#did(`restart ${name}`);
    await this.#options.restart(name);
  }

  /** A stall is shorter than what the failure detector bears, a pause longer. */
  #freeze(name: string, fault: "pause" | "stall", running: number): void {
    if (running <= (this.#options.aliveMin ?? 1)) return;
    const durationMs = fault === "stall" ? this.#random.between(50, 2_400) : this.#random.between(3_000, 8_000);
    this.#did(`${fault} ${name} ${Math.round(durationMs)} ms`);
    this.#world.pause(name);
    const { runtime } = this.#world.get(name);
    this.#world.time.schedule(durationMs, () => {
      if (runtime.state === "paused") this.#world.resume(name);
    });
  }

  #partition(running: readonly string[]): void {
    const groups: [string[], string[]] = [[], []];
    for (const name of running) groups[this.#random.integer(0, 1) as 0 | 1].push(name);
    this.#did(`partition ${groups.map((group) => group.join(",")).join(" | ")}`);
    this.#world.partition(...groups);
  }

  #changePath(): void {
    const path = {
      delayMs: this.#random.between(0.1, 50),
      jitterMs: this.#random.between(0, 50),
      loss: this.#random.chance(0.5) ? 0 : this.#random.between(0, 0.2),
    };
    this.#did(`path ${JSON.stringify(path)}`);
    this.#world.path(path);
  }

  #did(what: string): void {
    this.history.push(`${this.#world.time.now.toFixed(0)} ${what}`);
  }
}
