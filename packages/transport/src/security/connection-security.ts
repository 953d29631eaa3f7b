import type { TLSSocket } from "node:tls";
import { type CertificateIdentity, certificateIdentity } from "./certificate-identity.ts";

/** What TLS says about a connection. */
export interface ConnectionSecurity {
  /** 32 bytes that only the two ends of this very session can compute: `tls-exporter` of RFC 9266. */
  readonly binding: Uint8Array;
  /** The other side's certificate, which a trusted authority has signed; undefined when it has shown none. */
  readonly certificate: CertificateIdentity | undefined;
}

const bindingBytes = 32;
const bindingLabel = "EXPORTER-Channel-Binding";

/** What `socket`, whose handshake is done, says about its connection. */
export function connectionSecurity(socket: TLSSocket): ConnectionSecurity {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return {
    binding: socket.exportKeyingMaterial(bindingBytes, bindingLabel, Buffer.alloc(0)),
    certificate: certificate && certificateIdentity(certificate),
  };
}
