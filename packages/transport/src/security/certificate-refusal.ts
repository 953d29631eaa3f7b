/** The header that says why a certificate was refused; TLS itself would only break the connection. */
export const certificateHeader = "Foundation-Certificate";

/** What is wrong with a certificate, by the code of OpenSSL, and what to do. */
export function describeCertificateError(code: string): string {
  switch (code) {
    case "CERT_HAS_EXPIRED":
      return "it has expired; renew it, and check the clocks of both machines";
    case "CERT_NOT_YET_VALID":
      return "it is not valid yet; check the clocks of both machines";
    case "NO_CERTIFICATE":
      return "there is none, and one is required; give the dialing node tls.cert and tls.key";
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "CERT_SIGNATURE_FAILURE":
      return `no authority of tls.ca has signed it (${code}); give both nodes certificates of one authority`;
    case "CERT_REVOKED":
      return "it was revoked; get another one";
    case "UNABLE_TO_GET_CRL":
      return "tls.crl holds no list of its authority; give one of each authority";
    case "CRL_HAS_EXPIRED":
      return "the revocation list of its authority has expired; replace the file of tls.crl by a newer one";
    case "CRL_NOT_YET_VALID":
      return "the revocation list of its authority is not valid yet; check the clocks";
    case "UNSPECIFIED":
      return "OpenSSL does not say why; with tls.crl, see that its authority may sign lists (key usage cRLSign)";
    default:
      return `it is not accepted (${code}); see the errors of OpenSSL's verify`;
  }
}

/** Codes that OpenSSL gives a certificate which it does not accept. */
export function isCertificateError(code: unknown): code is string {
  return (
    typeof code === "string" &&
    (/CERT|CRL/.test(code) || /^(UNSPECIFIED|UNABLE_TO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH)/.test(code))
  );
}
