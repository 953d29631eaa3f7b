import type { Runtime } from "@foundation/actor";
import { closeCode, type Refusal } from "../handshake/close-code.ts";
import { type HandshakeOptions, HandshakeResponder } from "../handshake/handshake.ts";
import type { Hello } from "../handshake/hello.ts";
import type { Connection } from "../transport.ts";

/** What happens to an accepted connection, in this order: decide, then establish, or refused; gone at the end. */
interface AcceptOptions {
  readonly runtime: Runtime;
  readonly handshake: HandshakeOptions;
  readonly timeoutMs: number;
  /** Whether the peer, which has proved itself, is wanted. Asked again when `authorize` took its time. */
  readonly decide: (peer: Hello) => Refusal | undefined;
  /** Whether it is allowed in by the user's own rules; they may take their time. Absent: there are none. */
  readonly authorize: ((peer: Hello) => Promise<Refusal | undefined>) | undefined;
  /** Takes the connection over, {@link Connection.attach} included. */
  readonly establish: (peer: Hello, connection: Connection) => void;
  /** The peer, which has proved itself, says that lives of this node up to `newest` are over. */
  readonly onOutlived: (newest: number) => void;
  /** @param peer as far as it has introduced itself. */
  readonly onRefused: (connection: Connection, refusal: Refusal, peer: Hello | undefined) => void;
  /** The handshake is over, one way or the other. */
  readonly onSettled: () => void;
  /** The connection ended before it was established. */
  readonly onGone: (connection: Connection) => void;
}

/** How the handshake of an accepted connection ends. */
type Outcome =
  | { readonly kind: "established"; readonly peer: Hello }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Refused by the peer, which has proved itself: lives of this node up to `newest` are over. */
  | { readonly kind: "outlived"; readonly newest: number }
  /** Its place is needed: it gets no answer. */
  | { readonly kind: "dropped"; readonly refusal: Refusal }
  | { readonly kind: "closed"; readonly code: number; readonly reason: string };

/**
 * Runs the responder's side of the handshake on `connection`, within the time it is given.
 *
 * @returns drops the connection for the reason given, while the handshake is not over.
 */
export function acceptConnection(connection: Connection, options: AcceptOptions): (refusal: Refusal) => void {
  const responder = new HandshakeResponder(options.handshake);
  let isSettled = false;
  let introduced: Hello | undefined;
  let isAuthorizing = false;
  const settled = (outcome: Outcome): void => {
    if (isSettled) return;
    isSettled = true;
    timer.cancel();
    options.onSettled();
    switch (outcome.kind) {
      case "established":
        connection.send(responder.proof());
        return options.establish(outcome.peer, connection);
      case "refused":
        connection.close(outcome.refusal.code, outcome.refusal.reason);
        return options.onRefused(connection, outcome.refusal, introduced);
      case "outlived":
        connection.close(outlived.code, outlived.reason);
        options.onRefused(connection, outlived, introduced);
        return options.onOutlived(outcome.newest);
      case "dropped":
        connection.terminate();
        return options.onRefused(connection, outcome.refusal, introduced);
      case "closed":
        return options.onRefused(connection, closedByPeer(outcome), introduced);
      default:
        outcome satisfies never;
    }
  };
  const timedOut = (): void => settled({ kind: "refused", refusal: isAuthorizing ? unauthorized : tooSlow });
  const timer = options.runtime.setTimer(options.timeoutMs, timedOut, { background: true });
  const finish = (peer: Hello): void => {
    const refusal = options.decide(peer);
    if (refusal?.outlivedBy !== undefined) connection.send(responder.outlived(refusal.outlivedBy));
    settled(refusal ? { kind: "refused", refusal } : { kind: "established", peer });
  };
  const authorize = async (peer: Hello, ask: (peer: Hello) => Promise<Refusal | undefined>): Promise<void> => {
    isAuthorizing = true;
    const refusal = options.decide(peer) ? undefined : await ask(peer);
    if (isSettled) return;
    if (refusal) settled({ kind: "refused", refusal });
    else finish(peer);
  };
  connection.attach({
    onFrame(frame) {
      if (isSettled) return;
      const step = responder.receive(frame);
      switch (step.kind) {
        case "refused":
        case "outlived":
          return settled(step);
        case "hello":
          introduced = step.peer;
          return connection.send(responder.hello());
        case "verified":
          if (options.authorize) void authorize(step.peer, options.authorize);
          else finish(step.peer);
      }
    },
    onDrain() {},
    onClose(code, reason) {
      settled({ kind: "closed", code, reason });
      options.onGone(connection);
    },
  });
  return (refusal) => settled({ kind: "dropped", refusal });
}

const tooSlow: Refusal = { code: closeCode.handshakeTimeout, reason: "the handshake took too long" };
const unauthorized: Refusal = { code: closeCode.forbidden, reason: "the authorization took too long" };
const outlived: Refusal = { code: closeCode.declaredDead, reason: "this life of the node is over" };

/** What is said of a connection whose peer, or whose network, ended it. */
function closedByPeer({ code, reason }: { readonly code: number; readonly reason: string }): Refusal {
  const seen = code === 1006 ? "its node ended, or the network failed" : "closed during the handshake";
  return { code, reason: reason || seen };
}
