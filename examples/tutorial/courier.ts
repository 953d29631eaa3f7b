import { Actor } from "@foundation/actor";

/** How long a ride takes. Milliseconds. */
export const rideMs = 100;

/** Follows a courier, until the ride is over. */
class Tracker extends Actor {
  #positions = 0;

  protected override onStart(): void {
    this.context.timers.every("position", rideMs / 4, () => {
      this.#positions++;
    });
  }

  positions(): number {
    return this.#positions;
  }
}

/** Carries one pizza to its customer, and ends. */
export class Courier extends Actor {
  readonly #hasFlatTyre: boolean;

  constructor(hasFlatTyre: boolean) {
    super();
    this.#hasFlatTyre = hasFlatTyre;
  }

  protected override onStart(): void {
    this.context.spawn(Tracker, { link: true });
    this.context.timers.once("ride", rideMs, () => this.context.stop({ shutdown: "delivered" }));
    if (!this.#hasFlatTyre) return;
    this.context.timers.once("tyre", rideMs / 2, () => {
      throw new Error("flat tyre");
    });
  }
}
