import { TransportError } from "../errors.ts";
import { closeCode } from "../handshake/close-code.ts";
import { formatAddress, type PeerAddress } from "../transport.ts";

/** The error that a dial ends with when the connection was closed with `code`. */
export function closeError(address: PeerAddress, code: number, reason: string): TransportError {
  const at = formatAddress(address);
  const seen = reason ? ` (${reason})` : "";
  switch (code) {
    case closeCode.unauthenticated:
      return new TransportError(
        "unauthenticated",
        `${at} does not share our secret${seen}; give both nodes the same one.`,
      );
    case closeCode.certificateRejected:
      return new TransportError(
        "certificateRejected",
        `${at} and the certificates of this connection do not fit${seen}; each has to name its node, see docs/explanation/security-model.md.`,
      );
    case closeCode.forbidden:
      return new TransportError("forbidden", `${at} does not let this node in${seen}; ask whoever wrote its rules.`);
    case closeCode.wrongCluster:
      return new TransportError("wrongCluster", `${at} belongs to another cluster${seen}; check the cluster names.`);
    case closeCode.versionMismatch:
      return new TransportError(
        "versionMismatch",
        `${at} and this node have no protocol version in common${seen}; upgrade the older one.`,
      );
    case closeCode.channelMismatch:
      return new TransportError(
        "channelMismatch",
        `${at} has a channel set in a way that does not fit ours${seen}; configure it equally on all nodes.`,
      );
    case closeCode.declaredDead:
      return new TransportError(
        "declaredDead",
        `${at} considers this incarnation of the node dead${seen}; rejoin with a higher one.`,
      );
    case closeCode.duplicate:
      return new TransportError(
        "duplicateNode",
        `${at} knows another node of our id${seen}; give each node its own id.`,
      );
    case closeCode.handshakeTimeout:
      return new TransportError("timeout", `The handshake with ${at} took too long; the node may be overloaded.`);
    case closeCode.normal:
      // A node that stops or rejoins; whoever comes next at this address may be glad of the next dial.
      return new TransportError("unreachable", `${at} gave the connection up during the handshake${seen}; try again.`);
    case 1006:
      return new TransportError("unreachable", `The connection to ${at} broke during the handshake; try again.`);
    default:
      return new TransportError("protocol", `${at} closed during the handshake with code ${code}${seen}.`);
  }
}
