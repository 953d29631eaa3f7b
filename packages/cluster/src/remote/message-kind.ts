/** The first byte of every message on a link. `docs/reference/protocol.md` gives each one's layout. */
export const messageKind = {
  /** actor, priority, method, arguments */
  tell: 1,
  /** request, actor, priority, milliseconds that the asker waits, method, arguments */
  ask: 2,
  /** request, result */
  result: 3,
  /** request, error: the handler's */
  error: 4,
  /** request, code, text: the message was handed back, no handler saw it */
  refused: 5,
  /** actor, priority, message for `receive` */
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
  /** stream, actor, priority, method, arguments */
  openStream: 13,
  /** stream: its handler has begun */
  streamStarted: 14,
  /** stream, item */
  streamItem: 15,
  /** stream */
  streamEnd: 16,
  /** stream, error */
  streamError: 17,
  /** stream, number of further items that may be sent */
  streamCredit: 18,
  /** stream: its reader wants no more */
  streamCancel: 19,
  /** actor of the sender, actor of the receiver */
  link: 20,
  /** actor of the sender, actor of the receiver */
  unlink: 21,
  /** actor of the sender that has ended, actor of the receiver that was linked to it, reason */
  linkedExit: 22,
  /** actor of the sender, actor of the receiver, reason or `kill` */
  exit: 23,
  /** room, actor: it is to be said when the actor's mailbox has room */
  roomWanted: 24,
  /** room: the mailbox has room, or its actor is gone */
  room: 25,
} as const;
