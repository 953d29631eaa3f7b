import { TransportError } from "../errors.ts";
import { closeCode, type Refusal } from "./close-code.ts";
import { commonVersion, decodeHello, encodeHello, type HandshakeRole, type Hello, type VersionRange } from "./hello.ts";
import { createOutlived, createProof, provenSecret, readOutlived, transcript } from "./proof.ts";

/**
 * What a received frame led to.
 *
 * `hello`: the other side introduced itself; nothing is proved yet. `verified`: it proved that it knows the secret.
 * `outlived`: it proved that, and says that lives of this node up to `newest` are over; there will be no link. `refused`: close the connection with this code; the handshake is over.
 */
type HandshakeStep =
  | { readonly kind: "hello"; readonly peer: Hello }
  | { readonly kind: "verified"; readonly peer: Hello }
  | { readonly kind: "outlived"; readonly newest: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What one side brings into a handshake. */
export interface HandshakeOptions {
  /** The first one signs; a proof by any of them is accepted. At least one. */
  readonly secrets: readonly Uint8Array[];
  /** What only the two ends of the connection's TLS session know. Default: nothing, the connection is not encrypted. */
  readonly tlsBinding?: Uint8Array | undefined;
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
    return createProof(signingSecret(this.#options), "initiator", this.#state.signed);
  }

  /** The frame to send instead of {@link proof} to a responder whose life is over. */
  outlived(newest: number): Uint8Array {
    if (this.#state.kind !== "awaitingProof") throw new Error("a statement is due only after the responder's hello");
    return createOutlived(signingSecret(this.#options), "initiator", { newest, signed: this.#state.signed });
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
        this.#state = { kind: "awaitingProof", peer, signed: this.#sign(frame) };
        return { kind: "hello", peer };
      }
      case "awaitingProof": {
        const { secrets } = this.#options;
        const by = { role: "responder", signed: state.signed } as const;
        const newest = readOutlived(frame, secrets, by);
        if (newest !== undefined) return { kind: "outlived", newest };
        if (provenSecret(frame, secrets, by) === undefined) return unauthenticated();
        return { kind: "verified", peer: state.peer };
      }
      case "done":
        return unauthenticated();
    }
  }

  #sign(responderHello: Uint8Array): Uint8Array {
    return transcript({ initiatorHello: this.#hello, responderHello, tlsBinding: bindingOf(this.#options) });
  }
}

/** The accepting side of the handshake, without I/O: frames in, frames out. */
export class HandshakeResponder {
  readonly #options: HandshakeOptions;
  #reply: Uint8Array | undefined;
  /** What the initiator has proved: the answer is signed with its secret, in case it knows no other yet. */
  #proven: { readonly signed: Uint8Array; readonly secret: Uint8Array } | undefined;
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
    if (!this.#proven) throw new Error("the responder proves itself only after the initiator did");
    return createProof(this.#proven.secret, "responder", this.#proven.signed);
  }

  /** The frame to send instead of {@link proof} to an initiator whose life is over. */
  outlived(newest: number): Uint8Array {
    if (!this.#proven) throw new Error("the responder proves itself only after the initiator did");
    return createOutlived(this.#proven.secret, "responder", { newest, signed: this.#proven.signed });
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
        this.#state = { kind: "awaitingProof", peer, signed: this.#sign(frame, this.#reply) };
        return { kind: "hello", peer };
      }
      case "awaitingProof": {
        const { secrets } = this.#options;
        const { signed } = state;
        const by = { role: "initiator", signed } as const;
        const newest = readOutlived(frame, secrets, by);
        if (newest !== undefined) return { kind: "outlived", newest };
        const secret = provenSecret(frame, secrets, by);
        if (secret === undefined) return unauthenticated();
        this.#proven = { signed, secret };
        return { kind: "verified", peer: state.peer };
      }
      case "done":
        return unauthenticated();
    }
  }

  #sign(initiatorHello: Uint8Array, responderHello: Uint8Array): Uint8Array {
    return transcript({ initiatorHello, responderHello, tlsBinding: bindingOf(this.#options) });
  }
}

const noBinding: Uint8Array = new Uint8Array(0);

function bindingOf({ tlsBinding = noBinding }: HandshakeOptions): Uint8Array {
  return tlsBinding;
}

function signingSecret({ secrets: [first] }: HandshakeOptions): Uint8Array {
  if (first === undefined) throw new Error("a handshake needs a secret");
  return first;
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
    const range = ({ min, max }: VersionRange): string => `${min}..${max}`;
    const reason = `versions ${range(own.versions)} are spoken, and not ${range(hello.versions)}`;
    return { code: closeCode.versionMismatch, reason };
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
