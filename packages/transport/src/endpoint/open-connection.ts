import type { Runtime } from "@foundation/actor";
import { TransportError } from "../errors.ts";
import { closeCode, duplicateReason, type Refusal } from "../handshake/close-code.ts";
import { HandshakeInitiator, type HandshakeOptions } from "../handshake/handshake.ts";
import type { Hello } from "../handshake/hello.ts";
import { type Connection, formatAddress, type PeerAddress, type Transport } from "../transport.ts";
import { closeError } from "./close-error.ts";

/** What `decide` may answer: close the connection with `refusal` and let the dial fail with `error`. */
export interface DialRefusal {
  readonly refusal: Refusal;
  readonly error: Error;
}

/** One dial with its handshake. */
export interface OpenOptions<Result> {
  readonly runtime: Runtime;
  readonly transport: Transport;
  readonly address: PeerAddress;
  /** Made when the connection is open, as it depends on it. */
  readonly handshake: (connection: Connection) => HandshakeOptions;
  /** For the dial and the handshake together. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /**
   * Whether the peer, which has only introduced itself, is the right one. Nothing was proved to it yet. Asked again when
   * `authorize` took its time.
   */
  readonly decide: (peer: Hello, connection: Connection) => DialRefusal | undefined;
  /** Whether the user's own rules allow it; they may take their time. Absent: there are none. */
  readonly authorize: ((peer: Hello, connection: Connection) => Promise<DialRefusal | undefined>) | undefined;
  /** Takes the connection over, {@link Connection.attach} included; its result is the dial's. */
  readonly establish: (peer: Hello, connection: Connection) => Result;
  /** The peer, which has proved itself, says that lives of this node up to `newest` are over. */
  readonly onOutlived: (newest: number) => void;
  readonly onOpen: (connection: Connection) => void;
  /** This side did not want the other one. @param peer as far as it has introduced itself. */
  readonly onRefused: (connection: Connection, refusal: Refusal, peer: Hello | undefined) => void;
  /** The connection ended before it was established. */
  readonly onGone: (connection: Connection) => void;
}

/** The other side has a link to us already, or its own dial wins. */
export class LinkExists extends Error {}

/** Dials and runs the initiator's side of the handshake. @throws {TransportError | LinkExists} when it fails. */
export async function openConnection<Result>(options: OpenOptions<Result>): Promise<Result> {
  const { runtime, transport, address, timeoutMs, signal } = options;
  const startedAt = runtime.now();
  const connection = await transport.dial(address, { timeoutMs, signal });
  options.onOpen(connection);
  const leftMs = timeoutMs - (runtime.now() - startedAt);
  return new Promise((resolve, reject) => runInitiator(connection, options, { leftMs, resolve, reject }));
}

function runInitiator<Result>(
  connection: Connection,
  options: OpenOptions<Result>,
  outcome: { leftMs: number; resolve: (result: Result) => void; reject: (error: Error) => void },
): void {
  const { runtime, address, signal } = options;
  const initiator = new HandshakeInitiator(options.handshake(connection));
  let settled = false;
  let introduced: Hello | undefined;
  const settle = (): void => {
    settled = true;
    timer.cancel();
    signal.removeEventListener("abort", onAbort);
  };
  const fail = (refusal: Refusal, error: Error): void => {
    settle();
    connection.close(refusal.code, refusal.reason);
    outcome.reject(error);
  };
  const refuse = (refusal: Refusal, error: Error): void => {
    fail(refusal, error);
    options.onRefused(connection, refusal, introduced);
  };
  const onAbort = (): void =>
    fail(
      { code: closeCode.normal, reason: "given up" },
      new TransportError("closed", `The dial to ${formatAddress(address)} was given up here.`),
    );
  const timer = runtime.setTimer(outcome.leftMs, () => {
    const refusal = { code: closeCode.handshakeTimeout, reason: "the handshake took too long" };
    fail(refusal, closeError(address, refusal.code, refusal.reason));
  });
  const proceed = (peer: Hello): void => {
    const refused = options.decide(peer, connection);
    const outlivedBy = refused?.refusal.outlivedBy;
    if (outlivedBy !== undefined) connection.send(initiator.outlived(outlivedBy));
    if (refused) refuse(refused.refusal, refused.error);
    else connection.send(initiator.proof());
  };
  const authorize = async (peer: Hello, ask: NonNullable<typeof options.authorize>): Promise<void> => {
    const refused = options.decide(peer, connection) ? undefined : await ask(peer, connection);
    if (settled) return;
    if (refused) refuse(refused.refusal, refused.error);
    else proceed(peer);
  };
  connection.attach({
    onFrame(frame) {
      if (settled) return;
      const step = initiator.receive(frame);
      switch (step.kind) {
        case "refused":
          return refuse(step.refusal, closeError(address, step.refusal.code, refusedHere(step.refusal)));
        case "hello":
          introduced = step.peer;
          if (options.authorize) void authorize(step.peer, options.authorize);
          else proceed(step.peer);
          return;
        case "outlived": {
          const refusal = { code: closeCode.declaredDead, reason: "this life of the node is over" };
          fail(refusal, closeError(address, refusal.code, `a later one was here: ${step.newest}`));
          return options.onOutlived(step.newest);
        }
        case "verified":
          settle();
          outcome.resolve(options.establish(step.peer, connection));
      }
    },
    onDrain() {},
    onClose(code, reason) {
      if (!settled) {
        settle();
        outcome.reject(
          code === closeCode.duplicate && reason === duplicateReason.link
            ? new LinkExists()
            : closeError(address, code, reason),
        );
      }
      options.onGone(connection);
    },
  });
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  else connection.send(initiator.hello());
}

function refusedHere({ reason }: Refusal): string {
  return `refused here: ${reason}`;
}
