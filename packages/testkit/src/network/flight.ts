import type { ScheduledEvent } from "../world/event-queue.ts";
import type { SimulatedConnection } from "./simulated-connection.ts";

/** What travels on a connection. */
export type Segment =
  /** The dialler knows that the connection stands; the listener accepts it when it hears so. */
  | { readonly kind: "open"; readonly accept: () => void }
  | { readonly kind: "frame"; readonly frame: Uint8Array }
  | { readonly kind: "close"; readonly code: number; readonly reason: string };

/** A segment on its way from one end of a connection to the other. */
export interface Flight {
  readonly from: SimulatedConnection;
  readonly segment: Segment;
  /** What it takes of the bandwidth. */
  readonly bytes: number;
  /** Its arrival, once it has departed. */
  arrival: ScheduledEvent | undefined;
}

/** A flight that has not departed yet. */
export function flightOf(from: SimulatedConnection, segment: Segment): Flight {
  return { from, segment, bytes: segment.kind === "frame" ? segment.frame.length : 0, arrival: undefined };
}

/** A connection that broke: what a reset looks like to the end that hears of it. */
export const brokenSegment: Segment = { kind: "close", code: 1006, reason: "" };

/** A segment as one word for the trace. */
export function describeSegment(segment: Segment): string {
  switch (segment.kind) {
    case "open":
      return "open";
    case "close":
      return `close ${segment.code}`;
    case "frame":
      return `frame ${segment.frame.length} ${checksum(segment.frame)}`;
    default:
      return segment satisfies never;
  }
}

/** Adler-32, enough to see in a trace that two frames differ. */
function checksum(bytes: Uint8Array): string {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return ((b * 65_536 + a) >>> 0).toString(16);
}
