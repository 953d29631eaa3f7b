import { TransportError } from "../errors.ts";
import { formatAddress, type PeerAddress } from "../transport.ts";

/** Why a node cannot listen at `address`, by what the system says: `addressInUse`, or `addressNotAvailable` with what to do. */
export function listenError(address: PeerAddress, error: Error & { readonly code?: unknown }): TransportError {
  const at = formatAddress(address);
  const because = { cause: error };
  if (error.code === "EADDRINUSE") {
    const text = `${at} is taken; stop what listens there, or choose another port or 0.`;
    return new TransportError("addressInUse", text, because);
  }
  const code = String(error.code ?? error.message);
  const text = `Cannot listen at ${at} (${code}): ${reason(address, code)}.`;
  return new TransportError("addressNotAvailable", text, because);
}

function reason({ host, port }: PeerAddress, code: string): string {
  switch (code) {
    case "ENOTFOUND":
    case "EAI_NONAME":
    case "EAI_NODATA":
      return `the name ${JSON.stringify(host)} does not resolve on this machine; correct it, or give an address`;
    case "EAI_AGAIN":
      return `the name ${JSON.stringify(host)} cannot be looked up at present; check name resolution, or give an address`;
    case "EADDRNOTAVAIL":
      return "this machine has no such address; give one of its own here, and in advertise what others dial instead";
    case "EAFNOSUPPORT":
      return "this machine does not speak that version of IP; give another address";
    case "EINVAL":
      return "an address that is good within one cable only (fe80::) cannot be listened at; give another one";
    case "EACCES":
    case "EPERM":
      return `this process may not use port ${port}; choose one from 1024 on or 0, or give it the right to`;
    default:
      return "choose an address of this machine and a permitted port";
  }
}
