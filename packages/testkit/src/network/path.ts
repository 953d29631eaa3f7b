/** How frames travel from one host to another. All of it can change while frames are on their way. */
export interface PathOptions {
  /** One-way delay without jitter. Milliseconds. Default 0.2. */
  readonly delayMs: number;
  /** Added to each frame's delay, uniformly from 0 to this. Milliseconds. Default 0.1. */
  readonly jitterMs: number;
  /**
   * Added to every frame of one connection, drawn once per connection from 0 to this: connections between the same two
   * hosts overtake each other by as much. Milliseconds. Default 0.1.
   */
  readonly spreadMs: number;
  /** Probability that a frame has to be sent again, which costs {@link retransmitMs} each time. Default 0. */
  readonly loss: number;
  /** What all connections from one host to the other share. Bytes per millisecond. Default unlimited. */
  readonly bytesPerMs: number;
}

/** A quick local network. */
export const localPath: PathOptions = {
  delayMs: 0.2,
  jitterMs: 0.1,
  spreadMs: 0.1,
  loss: 0,
  bytesPerMs: Number.POSITIVE_INFINITY,
};

/** What one retransmission costs, doubled for each further one as TCP does (RFC 6298's lower bound). Milliseconds. */
export const retransmitMs = 200;
/** Retransmissions of one frame, at most; TCP would have given the connection up by then. */
export const retransmissionsMax = 6;
/** Pause before an unanswered dial is repeated, doubled each time (RFC 6298, initial timeout). Milliseconds. */
export const redialMs = 1_000;
