// Certificates for tests, made here: Node can read X.509 and not write it, and an openssl is not on every machine.
import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";

/** A certificate with its key, both as PEM text. */
interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What a certificate says. */
export interface TestCertificateOptions {
  readonly dns?: readonly string[];
  readonly uris?: readonly string[];
  /** Default: since yesterday. */
  readonly validFrom?: Date;
  /** Default: until tomorrow. */
  readonly validTo?: Date;
}

const dayMs = 24 * 60 * 60 * 1000;

/** An authority that signs certificates for tests. */
export class TestAuthority {
  /** Its own certificate, as PEM text. */
  readonly ca: string;
  readonly #name: string;
  readonly #key: KeyObject;

  constructor(name = "authority of the tests") {
    const { publicKey, privateKey } = newKeys();
    this.#name = name;
    this.#key = privateKey;
    const extensions = [
      extension([0x55, 0x1d, 0x13], sequence(Buffer.from([0x01, 0x01, 0xff]))),
      extension([0x55, 0x1d, 0x0f], Buffer.from([0x03, 0x02, 0x01, 0x06])),
    ];
    this.ca = this.#certify({ subject: name, publicKey, extensions }, {});
  }

  /** A certificate of a node called `nodeId` in `cluster`. */
  node(nodeId: string, cluster = "default", options: TestCertificateOptions = {}): TestCertificate {
    return this.certificate(nodeId, { uris: [`foundation://${cluster}/${nodeId}`], ...options });
  }

  /** Any certificate. */
  certificate(subject: string, options: TestCertificateOptions): TestCertificate {
    const { publicKey, privateKey } = newKeys();
    const names = [
      ...(options.dns ?? []).map((name) => tagged(0x82, Buffer.from(name, "latin1"))),
      ...(options.uris ?? []).map((uri) => tagged(0x86, Buffer.from(uri, "latin1"))),
    ];
    const extensions = names.length > 0 ? [extension([0x55, 0x1d, 0x11], sequence(...names))] : [];
    const cert = this.#certify({ subject, publicKey, extensions }, options);
    return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }) as string };
  }

  /** A list of certificates that count no more, given as PEM text. It is good until tomorrow, or `nextUpdate`. */
  revocations(revoked: readonly string[], nextUpdate = new Date(Date.now() + dayMs)): string {
    const thisUpdate = new Date(nextUpdate.getTime() - 2 * dayMs);
    const entries = revoked.map((cert) => sequence(integer(new X509Certificate(cert).serialNumber), time(thisUpdate)));
    const body = sequence(
      tagged(0x02, Buffer.from([0x01])),
      ecdsaWithSha256,
      distinguishedName(this.#name),
      time(thisUpdate),
      time(nextUpdate),
      ...(entries.length > 0 ? [sequence(...entries)] : []),
    );
    return pem("X509 CRL", this.#signed(body));
  }

  #certify(
    { subject, publicKey, extensions }: { subject: string; publicKey: KeyObject; extensions: Buffer[] },
    options: TestCertificateOptions,
  ): string {
    const { validFrom = new Date(Date.now() - dayMs), validTo = new Date(Date.now() + dayMs) } = options;
    const body = sequence(
      tagged(0xa0, Buffer.from([0x02, 0x01, 0x02])),
      tagged(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(8)])),
      ecdsaWithSha256,
      distinguishedName(this.#name),
      sequence(time(validFrom), time(validTo)),
      distinguishedName(subject),
      publicKey.export({ type: "spki", format: "der" }),
      ...(extensions.length > 0 ? [tagged(0xa3, sequence(...extensions))] : []),
    );
    return pem("CERTIFICATE", this.#signed(body));
  }

  #signed(body: Buffer): Buffer {
    const signature = Buffer.concat([Buffer.from([0]), sign("sha256", body, this.#key)]);
    return sequence(body, ecdsaWithSha256, tagged(0x03, signature));
  }
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

// ---- DER (X.690), as much of it as a certificate needs ----

function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function integer(hex: string): Buffer {
  return tagged(0x02, Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex"));
}

function extension(id: readonly number[], value: Uint8Array): Buffer {
  return sequence(tagged(0x06, Buffer.from(id)), tagged(0x04, value));
}

function distinguishedName(commonName: string): Buffer {
  const id = tagged(0x06, Buffer.from([0x55, 0x04, 0x03]));
  return sequence(tagged(0x31, sequence(id, tagged(0x0c, Buffer.from(commonName)))));
}

/** UTCTime: two digits of the year, 1950 to 2049. */
function time(at: Date): Buffer {
  return tagged(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replace(/[-T:]/g, "")}Z`));
}

const ecdsaWithSha256 = sequence(tagged(0x06, Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02])));
