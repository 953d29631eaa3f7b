// Certificates and keys as text and as files, in the forms in which they are really given.
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { TlsOptions } from "@foundation/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTlsMaterial } from "../packages/transport/src/security/tls-material.ts";
import { TestAuthority } from "./support/test-certificates.ts";

const authority = new TestAuthority();
const { cert, key } = authority.node("a");
const good = { cert, key, ca: authority.ca };
const revoked = authority.revocations([]);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "read-pem-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

const read = (options: Partial<TlsOptions>) => readTlsMaterial({ ...good, ...options });
const oneLine = (pem: string): string => pem.trim().replaceAll("\n", " ");

describe("[X12] PEM text and files of it", () => {
  it.each<[what: string, form: (pem: string, name: string) => string | Promise<string>]>([
    ["text", (pem) => pem],
    ["text with the line breaks of Windows", (pem) => pem.replaceAll("\n", "\r\n")],
    ["text behind a byte order mark", (pem) => `\uFEFF${pem}`],
    ["text behind other text", (pem) => `Certificate:\n    Data:\n        Version: 3 (0x2)\n${pem}`],
    ["a file", (pem, name) => file(name, pem)],
    ["a file behind a byte order mark", (pem, name) => file(name, `\uFEFF${pem}`)],
    ["a path that ends with a line break", async (pem, name) => `${await file(name, pem)}\r\n`],
    ["a file that holds both", (_pem, name) => file(name, `${key}${cert}`)],
  ])("are read: %s", async (_what, form) => {
    const material = await read({ cert: await form(cert, "cert.pem"), key: await form(key, "key.pem") });
    expect(material.identity.uris).toEqual(["foundation://default/a"]);
  });

  const lineBreaks = "has no line breaks, or has them as \\n, as text of a variable has; put real ones in";
  it.each<[option: "cert" | "key" | "ca" | "crl", given: string, fault: string]>([
    ["cert", key, "tls.cert: it holds PRIVATE KEY and not a certificate"],
    ["key", cert, "tls.key: it holds CERTIFICATE and not a private key"],
    ["ca", key, "tls.ca: it holds PRIVATE KEY and not a certificate"],
    ["crl", cert, "tls.crl: it holds CERTIFICATE and not a revocation list"],
    ["ca", revoked, "tls.ca: it holds X509 CRL and not a certificate"],
    ["cert", cert.replaceAll("\n", "\\n"), `tls.cert: it ${lineBreaks}`],
    ["key", oneLine(key), `tls.key: it ${lineBreaks}`],
    ["cert", cert.replaceAll("\n", "\n    "), "tls.cert: it has lines that are indented"],
    ["key", key.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"), "tls.key: it is encrypted, and there is no option for a"],
    [
      "key",
      key.replace("\n", "\nProc-Type: 4,ENCRYPTED\n\n"),
      "tls.key: it is encrypted, and there is no option for a",
    ],
    ["key", key.slice(key.indexOf("\n") + 1), "tls.key: it is no PEM text, and no file can be read there"],
    ["cert", "~/cert.pem", "only shells replace ~: use homedir() of node:os"],
    ["cert", '"/etc/cert.pem"', "tls.cert: it has quotes around it, which are a part of it here; leave them out"],
    ["cert", "certs/none.pem", `tls.cert: "${join(process.cwd(), "certs/none.pem")}" cannot be read (ENOENT)`],
    ["cert", homedir(), `tls.cert: "${homedir()}" cannot be read (EISDIR)`],
  ])("are refused with what is wrong: %s", async (option, given, fault) => {
    const failure = await read({ [option]: given }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "invalidTls", message: expect.stringContaining(fault) });
    expect(String(failure)).not.toContain(key.split("\n")[1]);
  });

  it.each<[option: "cert" | "key" | "ca" | "crl", content: string | Uint8Array, fault: string]>([
    ["key", "", "is empty"],
    ["key", "\uFEFF \r\n", "is empty"],
    ["cert", "", "is empty"],
    ["ca", "\n", "is empty"],
    ["crl", "", "is empty"],
    ["cert", Buffer.from([0x30, 0x82, 0x01]), "holds no PEM text, which begins with -----BEGIN; openssl makes it of"],
    ["cert", Buffer.from(`\uFEFF${cert}`, "utf16le"), "holds no PEM text"],
    ["key", cert, "holds CERTIFICATE and not a private key"],
  ])("are named by their file: %s", async (option, content, fault) => {
    const path = await file("odd.pem", content);
    await expect(read({ [option]: path })).rejects.toMatchObject({
      code: "invalidTls",
      message: expect.stringContaining(`tls.${option}: "${path}" ${fault}`),
    });
  });

  // Root may read everything.
  it.skipIf(process.geteuid?.() === 0)("are named when this user may not read them", async () => {
    const path = await file("closed.pem", cert);
    await chmod(path, 0);
    await expect(read({ cert: path })).rejects.toMatchObject({
      message: expect.stringContaining(`"${path}" cannot be read (EACCES)`),
    });
  });
});
