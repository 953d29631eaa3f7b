import type { VirtualTime } from "../world/virtual-time.ts";
import type { Flight } from "./flight.ts";
import type { PathOptions } from "./path.ts";
import { Wire } from "./wire.ts";

/** One direction between two hosts. */
export class Route {
  readonly from: string;
  readonly to: string;
  /** For the trace. */
  readonly label: string;
  readonly wire: Wire;
  /** Set for this route alone. */
  path: PathOptions | undefined;
  isBlocked = false;
  /** What could not get through; TCP goes on trying. */
  waiting: Flight[] = [];
  /** Bytes until a connection of this route breaks in the middle of a frame. */
  bytesToReset: number | undefined;
  readonly #shared: () => PathOptions;

  constructor(
    [from, to]: readonly [string, string],
    time: VirtualTime,
    { shared, depart }: { readonly shared: () => PathOptions; readonly depart: (flight: Flight) => void },
  ) {
    this.from = from;
    this.to = to;
    this.label = `${from}>${to}`;
    this.#shared = shared;
    this.wire = new Wire(time, () => this.options.bytesPerMs, depart);
  }

  /** How frames travel here at this moment. */
  get options(): PathOptions {
    return this.path ?? this.#shared();
  }
}
