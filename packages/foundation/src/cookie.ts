import { join } from "node:path";
import type { Runtime, Timer } from "@foundation/actor";
import { RepeatedEvents } from "@foundation/actor/spi";
import { ensurePrivateDirectory, hasLivingNodes, readPrivateFile, writePrivateFile } from "@foundation/discovery";
import { StartError } from "./errors.ts";

/** Bytes of randomness in a new cookie. */
const cookieBytes = 32;
/** How often a node looks whether the file is still there. Milliseconds. */
const checkMs = 1_000;
/** How long a node that finds no file waits for running ones to put theirs back. Milliseconds: three of their looks. */
const putBackMs = 3_000;
const putBackPollMs = 50;
/** How often the file is written again, so that nobody takes it for a leftover. Milliseconds: one hour. */
const refreshMs = 3_600_000;
/** The longest file that is looked into. Bytes. */
const fileBytesMax = 4_096;

/** A file of this user alone that holds no cookie: it was emptied, cut short or overwritten. */
const damaged = Symbol("damaged");

/**
 * The secret that the nodes of one user on one machine share without configuration: a file with mode 0600, made by
 * whichever node comes first.
 *
 * What cleans temporary directories may remove it after days; running nodes put it back, or newcomers would be refused for
 * ever.
 */
export class Cookie {
  readonly #directory: string;
  readonly #path: string;
  readonly #runtime: Runtime;
  #text = "";
  #timer: Timer | undefined;
  #checking: Promise<void> | undefined;
  #writtenAt: number;
  readonly #reports: RepeatedEvents;
  #isKept = false;

  private constructor(directory: string, runtime: Runtime) {
    this.#directory = directory;
    this.#path = join(directory, "cookie");
    this.#runtime = runtime;
    this.#writtenAt = runtime.now();
    this.#reports = new RepeatedEvents(() => runtime.now());
  }

  /**
   * Reads the cookie, or makes one where there is none and no running node has it either.
   *
   * @throws StartError `insecureCookie` when others may read the file or it is not a cookie; DiscoveryError
   * `insecureDirectory`, `directoryUnusable`.
   */
  static async open(directory: string, runtime: Runtime): Promise<Cookie> {
    const cookie = new Cookie(directory, runtime);
    await ensurePrivateDirectory(directory);
    const found = await cookie.#look();
    cookie.#text = typeof found === "string" ? found : ((await cookie.#awaitPutBack()) ?? (await cookie.#make()));
    return cookie;
  }

  /** The secret. */
  get text(): string {
    return this.#text;
  }

  /**
   * Puts the file back whenever it is gone or holds no cookie any more, until {@link stop}.
   *
   * @param onReplaced told of another cookie that this user's nodes have made meanwhile; it is kept from then on.
   */
  keep(onReplaced: (text: string) => void): void {
    this.#isKept = true;
    this.#checkLater(onReplaced);
  }

  /** Leaves the file alone from now on. */
  async stop(): Promise<void> {
    this.#isKept = false;
    this.#timer?.cancel();
    await this.#checking;
  }

  // ---- once ----

  async #make(): Promise<string> {
    // What another node makes at the same moment and puts there first is what both take.
    await this.#write(this.#hex(cookieBytes), "keep");
    const text = await this.#read();
    if (text !== undefined) return text;
    throw new StartError("insecureCookie", `${this.#path} vanished while it was being made; start again`);
  }

  async #awaitPutBack(): Promise<string | undefined> {
    const deadline = this.#runtime.now() + putBackMs;
    while (this.#runtime.now() < deadline && (await hasLivingNodes(this.#directory))) {
      await new Promise<void>((resolve) => this.#runtime.setTimer(putBackPollMs, resolve));
      const found = await this.#look();
      if (typeof found === "string") return found;
    }
    return undefined;
  }

  async #read(): Promise<string | undefined> {
    const found = await this.#look();
    if (found === damaged) throw this.#insecure("does not hold a cookie");
    return found;
  }

  async #look(): Promise<string | typeof damaged | undefined> {
    const found = await readPrivateFile(this.#path, fileBytesMax);
    if (found === undefined) return undefined;
    if (found === "odd") throw this.#insecure("is a link, or no file that can hold a cookie");
    if (found.isExposed) throw this.#insecure("belongs to another user, or others can read it");
    // Editors end a file with a new line.
    const text = found.text.trim();
    return /^[0-9a-f]{64}$/.test(text) ? text : damaged;
  }

  #insecure(fault: string): StartError {
    const remedy = "remove it if it is yours, and a new one is made, or give a secret";
    return new StartError("insecureCookie", `${this.#path} ${fault}; ${remedy}`);
  }

  #write(text: string, existing: "replace" | "keep"): Promise<void> {
    const draft = `${this.#path}.${process.pid}.${this.#hex(4)}.draft`;
    return writePrivateFile(this.#path, text, { draft, existing });
  }

  #hex(bytes: number): string {
    return Buffer.from(this.#runtime.randomBytes(bytes)).toString("hex");
  }

  // ---- again and again ----

  #checkLater(onReplaced: (text: string) => void): void {
    if (!this.#isKept) return;
    const check = (): void => {
      this.#checking = this.#check(onReplaced)
        .catch((error) => this.#report(error))
        .finally(() => this.#checkLater(onReplaced));
    };
    this.#timer = this.#runtime.setTimer(checkMs, check, { background: true });
  }

  async #check(onReplaced: (text: string) => void): Promise<void> {
    await ensurePrivateDirectory(this.#directory);
    const found = await this.#look();
    if (!this.#isKept) return;
    if (found === undefined) {
      await this.#write(this.#text, "keep");
      this.#runtime.log.info("the cookie file was gone: it is put back", { file: this.#path });
    } else if (found === damaged) {
      // Renamed over what is there, so that nothing else that this file may be is written to.
      await this.#write(this.#text, "replace");
      this.#runtime.log.warn("the cookie file held no cookie: it is put back", { file: this.#path });
    } else if (found !== this.#text) {
      this.#text = found;
      this.#runtime.log.warn("another cookie was made meanwhile: it is accepted, too", { file: this.#path });
      onReplaced(found);
    } else if (this.#runtime.now() - this.#writtenAt > refreshMs) {
      await this.#write(this.#text, "replace");
      this.#writtenAt = this.#runtime.now();
    }
  }

  #report(error: unknown): void {
    // By the file: the reason names a draft, another one each time.
    if (this.#reports.admit(this.#path) === undefined) return;
    const fields = { file: this.#path, why: String(error) };
    this.#runtime.log.warn("new nodes may be refused: the cookie file cannot be kept", fields);
  }
}
