/** The subprotocol that both sides have to name. */
export const subprotocol = "foundation.v1";
/** The only path that is served. */
export const path = "/foundation";
/** The longest frame that is accepted, in bytes: the largest chunk and its header. Longer ones close with 1009. */
export const frameBytesMax: number = 256 * 1024;
/**
 * Options of ws that its type declarations do not list yet: time for the other side to answer a close frame before the
 * socket is dropped.
 */
export const closeOptions: object = { closeTimeout: 1000 };
