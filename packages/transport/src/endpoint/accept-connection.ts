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

/**
 * Runs the responder's side of the handshake on `connection`, within the time it is given.
 *
 * @returns drops the connection for the reason given, while the handshake is not over.
 */
export function acceptConnection(connection: Connection, options: AcceptOptions): (refusal: Refusal) => void {
  const responder = new HandshakeResponder(options.handshake);
  let settled = false;
  let introduced: Hello | undefined;
  let isAuthorizing = false;
  const settle = (): void => {
    settled = true;
    timer.cancel();
    options.onSettled();
  };
  const refuse = (refusal: Refusal): void => {
    settle();
    connection.close(refusal.code, refusal.reason);
    options.onRefused(connection, refusal, introduced);
  };
  const timer = options.runtime.setTimer(
    options.timeoutMs,
    () =>
      refuse(
        isAuthorizing
          ? { code: closeCode.forbidden, reason: "the authorization took too long" }
          : { code: closeCode.handshakeTimeout, reason: "the handshake took too long" },
      ),
    { background: true },
  );
  const finish = (peer: Hello): void => {
    const refusal = options.decide(peer);
    if (refusal?.outlivedBy !== undefined) connection.send(responder.outlived(refusal.outlivedBy));
    if (refusal) return refuse(refusal);
    settle();
    connection.send(responder.proof());
    options.establish(peer, connection);
  };
  const authorize = async (peer: Hello, ask: (peer: Hello) => Promise<Refusal | undefined>): Promise<void> => {
    isAuthorizing = true;
    const refusal = options.decide(peer) ? undefined : await ask(peer);
    if (settled) return;
    if (refusal) refuse(refusal);
    else finish(peer);
  };
  connection.attach({
    onFrame(frame) {
      if (settled) return;
      const step = responder.receive(frame);
      switch (step.kind) {
        case "refused":
          return refuse(step.refusal);
        case "hello":
          introduced = step.peer;
          return connection.send(responder.hello());
        case "outlived":
          refuse({ code: closeCode.declaredDead, reason: "this life of the node is over" });
          return options.onOutlived(step.newest);
        case "verified":
          if (options.authorize) void authorize(step.peer, options.authorize);
          else finish(step.peer);
      }
    },
    onDrain() {},
    onClose(code, reason) {
      if (!settled) {
        settle();
        const seen = code === 1006 ? "its node ended, or the network failed" : "closed during the handshake";
        options.onRefused(connection, { code, reason: reason || seen }, introduced);
      }
      options.onGone(connection);
    },
  });
  return (refusal) => {
    if (settled) return;
    settle();
    connection.terminate();
    options.onRefused(connection, refusal, introduced);
  };
}
