import type { SimulatedNode, World } from "../../world/world.ts";

/** Between two stalls of one process, or they would be one long one. Virtual milliseconds. */
const stallRestMs = 500;

/** The world as faults find it: who can be harmed at this moment, and what has to be made up for in the end. */
export class FaultScene {
  readonly world: World;
  readonly #boot: (name: string) => Promise<SimulatedNode>;
  readonly #aliveMin: number;
  /** Nodes that were taken down and not booted again. */
  readonly #down = new Set<string>();
  readonly #booting = new Map<string, Promise<unknown>>();
  readonly #stalledUntil = new Map<string, number>();

  /**
   * @param boot boots a node without letting time pass.
   * @param aliveMin nodes that are left running, at least. Default 1.
   */
  constructor(world: World, boot: (name: string) => Promise<SimulatedNode>, aliveMin = 1) {
    this.world = world;
    this.#boot = boot;
    this.#aliveMin = aliveMin;
  }

  /** Whether the process of this node runs, or boots, and does not stand still. */
  isRunning(name: string): boolean {
    return this.world.process(name).state === "running";
  }

  /** Ends the process of a node unless it is needed. @returns whether it was ended. */
  takeDown(name: string, end: () => void): boolean {
    if (this.world.process(name).state === "dead" || (this.isRunning(name) && !this.#canSpare(name))) return false;
    end();
    this.#booting.delete(name);
    this.#down.add(name);
    return true;
  }

  /** Boots a node that was taken down; others are left alone. */
  bootAgain(name: string): void {
    if (!this.#down.delete(name)) return;
    const booting = this.#boot(name);
    this.#booting.set(name, booting);
    // One that fails stays in the list and is reported by recover().
    booting.then(() => this.#booting.delete(name)).catch(() => {});
  }

  /** Boots a node that was just taken down, after a while. @param afterMs virtual milliseconds; undefined: not by itself. */
  bootAfter(name: string, afterMs: number | undefined): void {
    if (afterMs === undefined) return;
    const process = this.world.process(name);
    this.world.time.schedule(afterMs, () => {
      // Unless it came back, and went, by other means.
      if (this.world.process(name) === process) this.bootAgain(name);
    });
  }

  /** Lets a process stand still for a while unless it is needed. */
  standStill(name: string, how: "freeze" | "stall", durationMs: number): void {
    const { world } = this;
    const { now } = world.time;
    if (!this.isRunning(name) || !this.#canSpare(name)) return;
    if (how === "stall" && now < (this.#stalledUntil.get(name) ?? 0) + stallRestMs) return;
    if (how === "stall") this.#stalledUntil.set(name, now + durationMs);
    const process = world.process(name);
    world[how](name);
    world.time.schedule(durationMs, () => {
      if (process.state === "paused") world.thaw(name);
    });
  }

  /** Ends all faults, boots what is down, and lets time pass until everybody has started. */
  async recover(): Promise<void> {
    const { world } = this;
    world.heal();
    world.clearPaths();
    world.discoveryRight();
    for (const { name, runtime } of world.nodes) if (runtime.state === "paused") world.thaw(name);
    for (const name of this.#booting.keys()) if (world.process(name).state === "paused") world.thaw(name);
    for (const name of [...this.#down]) this.bootAgain(name);
    await world.settle(Promise.all(this.#booting.values()));
  }

  #canSpare(name: string): boolean {
    const others = this.world.nodes.filter((node) => node.name !== name && this.isRunning(node.name));
    return others.length >= this.#aliveMin;
  }
}
