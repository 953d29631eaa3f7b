import { TransportError } from "../errors.ts";
import { closeCode, type Refusal } from "./close-code.ts";
import { commonVersion, decodeHello, encodeHello, type HandshakeRole, type Hello } from "./hello.ts";
import { createOutlived, createProof, isProof, readOutlived, transcript } from "./proof.ts";

/**
 * What a received frame led to.
 *
 * `hello`: the other side introduced itself; nothing is proved yet. `verified`: it proved that it knows the secret.
 * `outlived`: it proved that, and says that lives of this node up to `newest` are over; there will be no link. `refused`: close the connection with this code; the handshake is over.
 */
export type HandshakeStep =
  | { readonly kind: "hello"; readonly peer: Hello }
  | { readonly kind: "verified"; readonly peer: Hello }
  | { readonly kind: "outlived"; readonly newest: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What one side brings into a handshake. */
export interface HandshakeOptions {
  readonly secret: Uint8Array;
  /** What this side says about itself. The responder copies what concerns the connection from the initiator. */
  readonly hello: Omit<Hello, "role">;
}

type State =
  | { readonly kind: "awaitingHello" }
  | { readonly kind: "awaitingProof"; readonly peer: Hello; readonly signed: Uint8Array }
  | { readonly kind: "done" };

/** The dialing side of the handshake, without I/O: frames in, frames out. */
export class HandshakeInitiator {
  readonly #options: HandshakeOptions;
  readonly #hello: Uint8Array;
  #state: State = { kind: "awaitingHello" };

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#hello = encodeHello({ ...options.hello, role: "initiator" });
  }

  /** The first frame of the connection. */
  hello(): Uint8Array {
    return this.#hello;
  }

  /** The frame to send when the responder's hello was found acceptable. */
  proof(): Uint8Array {
    if (this.#state.kind !== "awaitingProof") throw new Error("a proof is due only after the responder's hello");
    return createProof(this.#options.secret, "initiator", this.#state.signed);
  }

  /** The frame to send instead of {@link proof} to a responder whose life is over. */
  outlived(newest: number): Uint8Array {
    if (this.#state.kind !== "awaitingProof") throw new Error("a statement is due only after the responder's hello");
    return createOutlived(this.#options.secret, "initiator", { newest, signed: this.#state.signed });
  }

  /** Takes one frame of the responder. */
  receive(frame: Uint8Array): HandshakeStep {
    const state = this.#state;
    this.#state = { kind: "done" };
    switch (state.kind) {
      case "awaitingHello": {
        const peer = readHello(frame, "responder", this.#options.hello);
        if ("code" in peer) return { kind: "refused", refusal: peer };
        const { linkId, channel, connectionIndex } = this.#options.hello;
        if (
          !Buffer.from(linkId).equals(peer.linkId) ||
          peer.channel !== channel ||
          peer.connectionIndex !== connectionIndex
        ) {
          return refused(closeCode.malformed, "the answer is about another connection");
        }
        this.#state = { kind: "awaitingProof", peer, signed: transcript(this.#hello, frame) };
        return { kind: "hello", peer };
      }
      case "awaitingProof": {
        const newest = readOutlived(frame, this.#options.secret, { role: "responder", signed: state.signed });
        if (newest !== undefined) return { kind: "outlived", newest };
        if (!isProof(frame, this.#options.secret, "responder", state.signed)) return unauthenticated();
        return { kind: "verified", peer: state.peer };
      }
      case "done":
        return unauthenticated();
    }
  }
}

/** The accepting side of the handshake, without I/O: frames in, frames out. */
export class HandshakeResponder {
  readonly #options: HandshakeOptions;
  #reply: Uint8Array | undefined;
  #signed: Uint8Array | undefined;
  #state: State = { kind: "awaitingHello" };

  constructor(options: HandshakeOptions) {
    this.#options = options;
  }

  /** The frame to send after the initiator's hello. */
  hello(): Uint8Array {
    if (!this.#reply) throw new Error("the responder speaks second");
    return this.#reply;
  }

  /** The frame to send when the initiator was verified and is wanted. */
  proof(): Uint8Array {
    if (!this.#signed) throw new Error("the responder proves itself only after the initiator did");
    return createProof(this.#options.secret, "responder", this.#signed);
  }

  /** The frame to send instead of {@link proof} to an initiator whose life is over. */
  outlived(newest: number): Uint8Array {
    if (!this.#signed) throw new Error("the responder proves itself only after the initiator did");
    return createOutlived(this.#options.secret, "responder", { newest, signed: this.#signed });
  }

  /** Takes one frame of the initiator. */
  receive(frame: Uint8Array): HandshakeStep {
    const state = this.#state;
    this.#state = { kind: "done" };
    switch (state.kind) {
      case "awaitingHello": {
        const peer = readHello(frame, "initiator", this.#options.hello);
        if ("code" in peer) return { kind: "refused", refusal: peer };
        const { linkId, channel, connectionIndex } = peer;
        this.#reply = encodeHello({ ...this.#options.hello, linkId, channel, connectionIndex, role: "responder" });
        this.#state = { kind: "awaitingProof", peer, signed: transcript(frame, this.#reply) };
        return { kind: "hello", peer };
      }
      case "awaitingProof": {
        const newest = readOutlived(frame, this.#options.secret, { role: "initiator", signed: state.signed });
        if (newest !== undefined) return { kind: "outlived", newest };
        if (!isProof(frame, this.#options.secret, "initiator", state.signed)) return unauthenticated();
        this.#signed = state.signed;
        return { kind: "verified", peer: state.peer };
      }
      case "done":
        return unauthenticated();
    }
  }
}

function readHello(frame: Uint8Array, role: HandshakeRole, own: Omit<Hello, "role">): Hello | Refusal {
  let hello: Hello;
  try {
    hello = decodeHello(frame, role);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return { code: closeCode.malformed, reason: "malformed hello" };
  }
  if (commonVersion(own.versions, hello.versions) === undefined) {
    return { code: closeCode.versionMismatch, reason: `versions ${own.versions.min}..${own.versions.max} are spoken` };
  }
  if (hello.cluster !== own.cluster) return { code: closeCode.wrongCluster, reason: "another cluster" };
  return hello;
}

function refused(code: number, reason: string): HandshakeStep {
  return { kind: "refused", refusal: { code, reason } };
}

function unauthenticated(): HandshakeStep {
  return refused(closeCode.unauthenticated, "not authenticated");
}
