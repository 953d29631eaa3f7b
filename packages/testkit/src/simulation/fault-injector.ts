import { localPath } from "../network/path.ts";
import type { World } from "../world/world.ts";
import type { Fault, PlannedFault } from "./fault-plan.ts";

/** Does planned harm to a world, and makes up for it in the end. A fault that makes no sense at its moment is left out. */
export class FaultInjector {
  readonly #world: World;
  readonly #restart: (name: string) => Promise<unknown>;
  readonly #aliveMin: number;
  readonly #crashed = new Set<string>();

  /**
   * @param restart boots a node that crashed.
   * @param aliveMin nodes that are left running, at least.
   */
  constructor(world: World, restart: (name: string) => Promise<unknown>, aliveMin = 1) {
    this.#world = world;
    this.#restart = restart;
    this.#aliveMin = aliveMin;
  }

  /** Causes each fault at its time, counted from now. */
  async run(plan: readonly PlannedFault[]): Promise<void> {
    const start = this.#world.time.now;
    for (const { atMs, fault } of plan) {
      await this.#world.advance(Math.max(0, start + atMs - this.#world.time.now));
      await this.#cause(fault);
    }
  }

  /** Ends all faults and boots what had crashed. */
  async recover(): Promise<void> {
    this.#world.heal();
    this.#world.path(localPath);
    for (const { name, runtime } of this.#world.nodes) if (runtime.state === "paused") this.#world.resume(name);
    for (const name of [...this.#crashed]) await this.#boot(name);
  }

  async #cause(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case "crash":
        return this.#crash(fault.node);
      case "restart":
        return this.#boot(fault.node);
      case "pause":
      case "stall":
        return this.#freeze(fault.node, fault.durationMs);
      case "partition":
        return this.#world.partition(...fault.groups);
      case "block":
        return this.#world.blockOneWay(fault.from, fault.to);
      case "heal":
        return this.#world.heal();
      case "cut":
        return this.#world.cut(fault.a, fault.b);
      case "path":
        return this.#world.path(fault.path);
      case "clock":
        if (this.#isRunning(fault.node)) this.#world.get(fault.node).runtime.jumpWallClock(fault.byMs);
        return;
      default:
        fault satisfies never;
    }
  }

  #crash(name: string): void {
    if (!this.#isRunning(name) || !this.#canSpareOne()) return;
    this.#world.crash(name);
    this.#crashed.add(name);
  }

  async #boot(name: string): Promise<void> {
    if (this.#crashed.delete(name)) await this.#restart(name);
  }

  #freeze(name: string, durationMs: number): void {
    if (!this.#isRunning(name) || !this.#canSpareOne()) return;
    const { runtime } = this.#world.get(name);
    this.#world.pause(name);
    this.#world.time.schedule(durationMs, () => {
      if (runtime.state === "paused") this.#world.resume(name);
    });
  }

  #canSpareOne(): boolean {
    return this.#world.nodes.filter(({ name }) => this.#isRunning(name)).length > this.#aliveMin;
  }

  #isRunning(name: string): boolean {
    return this.#world.nodes.some((node) => node.name === name && node.runtime.state === "running");
  }
}
