import type { Runtime } from "@foundation/actor";
import { shown } from "@foundation/actor/spi";
import { TransportError } from "../errors.ts";
import { type Hello, nonceBytes, type VersionRange } from "../handshake/hello.ts";
import { encodeTerms } from "../link/channel-agreement.ts";
import type { PeerIdentity } from "../link/link.ts";
import { formatAddress, type PeerAddress } from "../transport.ts";
import type { EndpointIdentity, EndpointSettings } from "./endpoint-options.ts";

/** What a connection is for. */
export type ConnectionPurpose = Pick<Hello, "linkId" | "channel" | "connectionIndex">;

/** What a {@link LocalNode} is made of. */
interface LocalNodeOptions {
  readonly runtime: Runtime;
  readonly settings: EndpointSettings;
  readonly versions: VersionRange;
  /** Where others dial this node, when it is known. */
  readonly address: () => PeerAddress;
}

/** Who this node is at present, and how it introduces itself. */
export class LocalNode {
  readonly nodeId: string;
  readonly #options: LocalNodeOptions;
  readonly #identity: EndpointIdentity;
  /** What every hello says of this node's channels. */
  readonly #terms: Uint8Array;
  #incarnation: number;

  constructor(options: LocalNodeOptions) {
    const { identity, channels } = options.settings;
    this.#options = options;
    this.#identity = identity;
    this.nodeId = identity.nodeId;
    this.#incarnation = identity.incarnation;
    this.#terms = encodeTerms(channels);
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  /** Whether `peer` is this very life of this node: two that began in one millisecond differ in their addresses. */
  is({ nodeId, incarnation, address }: PeerIdentity): boolean {
    const isSameLife = nodeId === this.nodeId && incarnation === this.#incarnation;
    return isSameLife && formatAddress(address) === formatAddress(this.#options.address());
  }

  /** Begins a new life. @throws {TransportError} `invalidOption` when it is not a later one. */
  renew(incarnation: number): void {
    if (!Number.isSafeInteger(incarnation) || incarnation <= this.#incarnation) {
      throw new TransportError(
        "invalidOption",
        `Incarnation ${shown(incarnation)} does not follow ${this.#incarnation}; give a higher integer.`,
      );
    }
    this.#incarnation = incarnation;
  }

  /** A fresh hello for one connection. */
  hello(purpose: ConnectionPurpose): Omit<Hello, "role"> {
    const { runtime, versions, address } = this.#options;
    return {
      versions,
      cluster: this.#identity.cluster,
      nodeId: this.nodeId,
      incarnation: this.#incarnation,
      address: address(),
      nonce: runtime.randomBytes(nonceBytes),
      extension: this.#terms,
      ...purpose,
    };
  }
}
