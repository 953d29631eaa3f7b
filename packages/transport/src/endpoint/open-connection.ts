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

/** How the handshake of an opened connection ends. */
type Outcome =
  | { readonly kind: "established"; readonly peer: Hello }
  /** This side does not want the other one. */
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly error: Error }
  /** The peer, which has proved itself, says that lives of this node up to `newest` are over. */
  | { readonly kind: "outlived"; readonly newest: number }
  /** It took too long, or is not wanted any more. */
  | { readonly kind: "givenUp"; readonly refusal: Refusal; readonly error: Error }
  | { readonly kind: "closed"; readonly code: number; readonly reason: string };

function runInitiator<Result>(
  connection: Connection,
  options: OpenOptions<Result>,
  { leftMs, resolve, reject }: { leftMs: number; resolve: (result: Result) => void; reject: (error: Error) => void },
): void {
  const { runtime, address, signal } = options;
  const initiator = new HandshakeInitiator(options.handshake(connection));
  let isSettled = false;
  let introduced: Hello | undefined;
  const settled = (outcome: Outcome): void => {
    if (isSettled) return;
    isSettled = true;
    timer.cancel();
    signal.removeEventListener("abort", onAbort);
    switch (outcome.kind) {
      case "established":
        return resolve(options.establish(outcome.peer, connection));
      case "refused":
        connection.close(outcome.refusal.code, outcome.refusal.reason);
        reject(outcome.error);
        return options.onRefused(connection, outcome.refusal, introduced);
      case "givenUp":
        connection.close(outcome.refusal.code, outcome.refusal.reason);
        return reject(outcome.error);
      case "outlived":
        connection.close(outlived.code, outlived.reason);
        reject(closeError(address, outlived.code, `a later one was here: ${outcome.newest}`));
        return options.onOutlived(outcome.newest);
      case "closed":
        return reject(closedByPeer(address, outcome));
      default:
        outcome satisfies never;
    }
  };
  const onAbort = (): void => settled({ kind: "givenUp", refusal: notWanted, error: abandoned(address) });
  const timer = runtime.setTimer(leftMs, () => {
    settled({ kind: "givenUp", refusal: tooSlow, error: closeError(address, tooSlow.code, tooSlow.reason) });
  });
  const proceed = (peer: Hello): void => {
    const refused = options.decide(peer, connection);
    const outlivedBy = refused?.refusal.outlivedBy;
    if (outlivedBy !== undefined) connection.send(initiator.outlived(outlivedBy));
    if (refused) settled({ kind: "refused", ...refused });
    else connection.send(initiator.proof());
  };
  const authorize = async (peer: Hello, ask: NonNullable<typeof options.authorize>): Promise<void> => {
    const refused = options.decide(peer, connection) ? undefined : await ask(peer, connection);
    if (isSettled) return;
    if (refused) settled({ kind: "refused", ...refused });
    else proceed(peer);
  };
  connection.attach({
    onFrame(frame) {
      if (isSettled) return;
      const step = initiator.receive(frame);
      switch (step.kind) {
        case "refused": {
          const { refusal } = step;
          const error = closeError(address, refusal.code, `refused here: ${refusal.reason}`);
          return settled({ kind: "refused", refusal, error });
        }
        case "hello":
          introduced = step.peer;
          if (options.authorize) void authorize(step.peer, options.authorize);
          else proceed(step.peer);
          return;
        case "outlived":
          return settled(step);
        case "verified":
          settled({ kind: "established", peer: step.peer });
      }
    },
    onDrain() {},
    onClose(code, reason) {
      settled({ kind: "closed", code, reason });
      options.onGone(connection);
    },
  });
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  else connection.send(initiator.hello());
}

const tooSlow: Refusal = { code: closeCode.handshakeTimeout, reason: "the handshake took too long" };
const notWanted: Refusal = { code: closeCode.normal, reason: "given up" };
const outlived: Refusal = { code: closeCode.declaredDead, reason: "this life of the node is over" };

function abandoned(address: PeerAddress): Error {
  return new TransportError("closed", `The dial to ${formatAddress(address)} was given up here.`);
}

function closedByPeer(address: PeerAddress, { code, reason }: Extract<Outcome, { kind: "closed" }>): Error {
  const hasLink = code === closeCode.duplicate && reason === duplicateReason.link;
  return hasLink ? new LinkExists() : closeError(address, code, reason);
}
