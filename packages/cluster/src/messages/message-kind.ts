/** The first byte of every message on a link. `docs/reference/protocol.md` gives each one's layout. */
export const messageKind = {
  /** actor, method, arguments */
  tell: 1,
  /** request, actor, method, arguments */
  ask: 2,
  /** request, result */
  result: 3,
  /** request, error: the handler's */
  error: 4,
  /** request, code, text: the message was handed back, no handler saw it */
  refused: 5,
  /** actor, message for `receive` */
  send: 6,
  /** watch, actor */
  watch: 7,
  /** watch */
  unwatch: 8,
  /** watch, reason */
  down: 9,
  /** protocol name, payload: what the parts of the nodes say to each other */
  protocol: 10,
  /** nothing: a sign of life is wanted */
  ping: 11,
  /** nothing */
  pong: 12,
} as const;
