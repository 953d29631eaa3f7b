import type { SimulatedRuntime } from "./simulated-runtime.ts";

/** A machine of a world: its clock and its power outlive the processes that run on it, one at a time. */
export class SimulatedHost {
  readonly name: string;
  /** How far its wall clock is ahead of the world's; negative when it is behind. Milliseconds. */
  clockOffsetMs = 0;
  /** The newest process, from the moment it begins to boot; also after its end. */
  process: SimulatedRuntime | undefined;

  constructor(name: string) {
    this.name = name;
  }
}
