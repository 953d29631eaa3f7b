import type { X509Certificate } from "node:crypto";

/** Whom a certificate names, as far as this protocol cares. */
export interface CertificateIdentity {
  /** Distinguished name of the subject, for people. */
  readonly subject: string;
  /** SHA-256 of the certificate, as pairs of hexadecimal digits with colons between them. */
  readonly fingerprint: string;
  /** From the subject alternative name. */
  readonly dnsNames: readonly string[];
  /** From the subject alternative name. */
  readonly uris: readonly string[];
  /** Milliseconds since 1970 when it expires. */
  readonly validTo: number;
}

/** Reads who is named by `certificate`. */
export function certificateIdentity(certificate: X509Certificate): CertificateIdentity {
  const names = alternativeNames(certificate.subjectAltName ?? "");
  const named = (kind: string): string[] => names.filter((name) => name.kind === kind).map(({ value }) => value);
  return {
    subject: certificate.subject ?? "",
    fingerprint: certificate.fingerprint256,
    dnsNames: named("DNS"),
    uris: named("URI"),
    validTo: Date.parse(certificate.validTo),
  };
}

/**
 * Whether the certificate speaks for this node: by `URI:foundation://CLUSTER/NODE` (both percent-encoded), by
 * `URI:foundation://CLUSTER/*`, which is every node of the cluster, or by `DNS:NODE`.
 *
 * With a `foundation:` URI in it DNS names count no more: that certificate says which cluster it is for. The names are
 * compared exactly; wildcards of DNS names mean nothing.
 */
export function speaksFor(identity: CertificateIdentity, cluster: string, nodeId: string): boolean {
  const uris = identity.uris.filter((uri) => uri.startsWith(scheme));
  if (uris.length === 0) return identity.dnsNames.includes(nodeId);
  const base = `${scheme}${encodeURIComponent(cluster)}/`;
  return uris.includes(`${base}${encodeURIComponent(nodeId)}`) || uris.includes(`${base}*`);
}

/** What to put into a certificate for this node. */
export function expectedName(cluster: string, nodeId: string): string {
  return `URI:${scheme}${encodeURIComponent(cluster)}/${encodeURIComponent(nodeId)}`;
}

const scheme = "foundation://";

/**
 * Splits what Node makes of a subject alternative name: `DNS:a, URI:"with \u002c a comma"`. A value with characters that
 * could be mistaken for a separator is quoted as a JSON string; splitting at commas alone would let one entry pass as two.
 */
function alternativeNames(text: string): { kind: string; value: string }[] {
  const names: { kind: string; value: string }[] = [];
  for (const [, kind = "", quoted, plain = ""] of text.matchAll(
    /(?:^|, )([^:,"]+):(?:("(?:[^"\\]|\\.)*")|([^,"]*))/gy,
  )) {
    names.push({ kind, value: quoted === undefined ? plain : readQuoted(quoted) });
  }
  return names;
}

function readQuoted(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return "";
  }
}
