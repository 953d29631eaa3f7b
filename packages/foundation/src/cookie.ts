import { link, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensurePrivateDirectory } from "@foundation/discovery";
import { StartError } from "./errors.ts";

/** Bytes of randomness in a new cookie. */
const cookieBytes = 32;

/**
 * The secret that the nodes of one user on one machine share without configuration: a file with mode 0600, made by
 * whichever node comes first.
 *
 * @param randomBytes a source fit for secrets.
 * @throws StartError `insecureCookie` when others may read the file or it is not a cookie; DiscoveryError when the
 * directory is not private.
 */
export async function readCookie(directory: string, randomBytes: (length: number) => Uint8Array): Promise<string> {
  await ensurePrivateDirectory(directory);
  const path = join(directory, "cookie");
  const known = await read(path);
  if (known !== undefined) return known;
  // Written aside and linked into place: whoever comes second keeps the first one's, and nobody reads half of it.
  const draft = `${path}.${process.pid}.${Buffer.from(randomBytes(4)).toString("hex")}.draft`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(Buffer.from(randomBytes(cookieBytes)).toString("hex"));
    await file.sync();
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
  const cookie = await read(path);
  if (cookie === undefined)
    throw new StartError("insecureCookie", `${path} vanished while it was being made; start again`);
  return cookie;
}

async function read(path: string): Promise<string | undefined> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new StartError("insecureCookie", `cannot read the cookie ${path}: ${error.message}`, { cause: error });
  });
  if (file === undefined) return undefined;
  try {
    const { mode, uid } = await file.stat();
    const isForeign = process.getuid !== undefined && uid !== process.getuid();
    if (isForeign || (process.platform !== "win32" && (mode & 0o077) !== 0)) {
      throw new StartError(
        "insecureCookie",
        `${path} can be read by others; remove it, or give it to this user with mode 0600`,
      );
    }
    const text = await readFile(file, "utf8");
    if (/^[0-9a-f]{64}$/.test(text)) return text;
    throw new StartError("insecureCookie", `${path} does not hold a cookie; remove it and a new one is made`);
  } finally {
    await file.close();
  }
}
