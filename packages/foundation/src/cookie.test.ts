import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog, type LogEvent, type Runtime, systemRuntime } from "@foundation/actor";
import { LocalDiscovery } from "@foundation/discovery";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Cookie } from "./cookie.ts";

let parent: string;
let directory: string;
const logged: LogEvent[] = [];
const kept: Cookie[] = [];
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "cookie-"));
  directory = join(parent, "private");
  logged.length = 0;
});
afterEach(async () => {
  await Promise.all(kept.splice(0).map((cookie) => cookie.stop()));
  await rm(parent, { recursive: true, force: true });
});

/** The real world, where time goes a hundred times as fast. */
const real = systemRuntime({ log: createLog((event) => void logged.push(event), "debug") });
const runtime: Runtime = {
  ...real,
  now: () => 100 * real.now(),
  setTimer: (delayMs, callback, options) => real.setTimer(delayMs / 100, callback, options),
};
/** The world of a newcomer, who waits by the real clock: a busy machine may take its time over what running nodes write. */
const patient: Runtime = { ...runtime, now: real.now };
const path = (): string => join(directory, "cookie");

/** Polls until `look` throws no more, however busy the machine is. */
const until = <T>(look: () => T): Promise<Awaited<T>> =>
  vi.waitFor(look, { timeout: 15_000, interval: 10 }) as Promise<Awaited<T>>;

/** Puts a cookie there whole, with this mode from the first moment on: running nodes look at any time. */
async function plant(text: string, mode: number): Promise<void> {
  const draft = `${path()}.planted`;
  await writeFile(draft, text, { mode: 0o600 });
  await chmod(draft, mode);
  await rename(draft, path());
}

/** A cookie that is kept, and what took its place. */
async function keep(): Promise<{ readonly cookie: Cookie; readonly replacedBy: string[] }> {
  const cookie = await Cookie.open(directory, runtime);
  const replacedBy: string[] = [];
  cookie.keep((text) => void replacedBy.push(text));
  kept.push(cookie);
  return { cookie, replacedBy };
}

describe("the cookie", () => {
  it("is made once, with mode 0600, and is the same for everybody who asks at the same moment", async () => {
    const cookies = await Promise.all(Array.from({ length: 20 }, () => Cookie.open(directory, runtime)));
    expect(new Set(cookies.map(({ text }) => text)).size).toBe(1);
    expect(cookies[0]?.text).toMatch(/^[0-9a-f]{64}$/);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(["cookie"]);
  });

  it.each([
    ["empty", "", 0o600],
    ["not a cookie", "hunter22", 0o600],
    ["longer than a cookie", "a".repeat(65), 0o600],
    ["readable by the group", "a".repeat(64), 0o640],
    ["readable by all", "a".repeat(64), 0o604],
  ])("[V13] is refused when it is %s", async (_how, text, mode) => {
    await mkdir(directory, { mode: 0o700 });
    await writeFile(path(), text, { mode });
    await chmod(path(), mode);
    const failure = await Cookie.open(directory, runtime).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "insecureCookie", message: expect.stringContaining(path()) });
    if (text !== "") expect(String(failure)).not.toContain(text);
  });

  it("[V13] is refused when it is a link, a folder or a pipe", async () => {
    await mkdir(directory, { mode: 0o700 });
    await writeFile(join(parent, "elsewhere"), "a".repeat(64), { mode: 0o600 });
    await symlink(join(parent, "elsewhere"), path());
    await expect(Cookie.open(directory, runtime)).rejects.toMatchObject({ code: "insecureCookie" });
    await rm(path());
    await mkdir(path());
    await expect(Cookie.open(directory, runtime)).rejects.toMatchObject({ code: "insecureCookie" });
  });

  // Only root gives files away: run as root.
  it.runIf(process.geteuid?.() === 0)("[V13] is refused when it is another user's", async () => {
    const cookie = await Cookie.open(directory, runtime);
    await chown(path(), 12_345, 12_345);
    const failure = await Cookie.open(directory, runtime).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "insecureCookie" });
    expect(String(failure)).not.toContain(cookie.text);
  });
});

describe("a cookie that is kept", () => {
  it.each(["cookie", "."])("[Y7] is put back as it was, for its user alone, when %j was removed", async (what) => {
    const { cookie, replacedBy } = await keep();
    await keep();
    await rm(join(directory, what), { recursive: true });
    await until(() => stat(path()));
    expect(await readFile(path(), "utf8")).toBe(cookie.text);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(replacedBy).toEqual([]);
  });

  it.each([
    ["emptied", ""],
    ["cut short", "a".repeat(20)],
    ["overwritten", "# not a cookie\n".repeat(20)],
  ])("[Y7] is put back when its file was %s, and newcomers wait for that", async (_how, text) => {
    const discovery = new LocalDiscovery(directory, runtime);
    await discovery.announce({ cluster: "any", nodeId: "a", host: "127.0.0.1", port: 1 });
    const { cookie, replacedBy } = await keep();
    await writeFile(path(), text);
    expect((await Cookie.open(directory, patient)).text).toBe(cookie.text);
    expect(await readFile(path(), "utf8")).toBe(cookie.text);
    const warnings = () => logged.filter(({ level }) => level === "warn").map(({ event }) => event);
    // The file is there before the node that wrote it says so.
    await until(() => expect(warnings()).not.toEqual([]));
    expect(warnings()).toEqual(["the cookie file held no cookie: it is put back"]);
    expect(replacedBy).toEqual([]);
    await discovery.withdraw();
  });

  it("[Y7] is the same with the new line that an editor adds", async () => {
    const { text } = await Cookie.open(directory, runtime);
    await writeFile(path(), `${text}\n\n`);
    expect((await Cookie.open(directory, runtime)).text).toBe(text);
  });

  it("[Y7] is what a newcomer gets that came while it was gone", async () => {
    const discovery = new LocalDiscovery(directory, runtime);
    await discovery.announce({ cluster: "any", nodeId: "a", host: "127.0.0.1", port: 1 });
    const { cookie } = await keep();
    for (let round = 0; round < 5; round++) {
      await rm(path(), { force: true });
      expect((await Cookie.open(directory, patient)).text).toBe(cookie.text);
    }
    await discovery.withdraw();
  });

  it("[Y7] is made anew while entries are left of nodes that do not put it back", async () => {
    const discovery = new LocalDiscovery(directory, runtime);
    await discovery.announce({ cluster: "any", nodeId: "a", host: "127.0.0.1", port: 1 });
    expect((await Cookie.open(directory, runtime)).text).toMatch(/^[0-9a-f]{64}$/);
    await discovery.withdraw();
  });

  it("[Y7] gives way to another one that was made meanwhile, and is put back as that from then on", async () => {
    const { cookie, replacedBy } = await keep();
    await plant("b".repeat(64), 0o600);
    await until(() => expect(replacedBy).toEqual(["b".repeat(64)]));
    expect(cookie.text).toBe("b".repeat(64));
    await rm(path());
    await until(() => stat(path()));
    expect(await readFile(path(), "utf8")).toBe("b".repeat(64));
  });

  it("[V13] takes none that others can read, and writes none into a directory that others may enter", async () => {
    const { cookie, replacedBy } = await keep();
    // A line a minute: what is there now is what the next one tells of.
    const warned = (why: string): Promise<void> => {
      logged.length = 0;
      return until(() =>
        expect(logged).toContainEqual(
          expect.objectContaining({
            event: "new nodes may be refused: the cookie file cannot be kept",
            fields: expect.objectContaining({ why: expect.stringContaining(why) }),
          }),
        ),
      );
    };
    await plant("b".repeat(64), 0o644);
    await warned("others can read it");
    await chmod(directory, 0o755);
    // No look from before is under way any more when one has told of the directory.
    await warned("can be entered by other users");
    await rm(path());
    await warned("can be entered by other users");
    expect(await readdir(directory)).toEqual([]);
    expect([cookie.text === "b".repeat(64), replacedBy]).toEqual([false, []]);
  });

  it("[Y16] is left alone after stop, also by a look that is under way", async () => {
    const pending = new Set<() => void>();
    const cookie = await Cookie.open(directory, {
      ...runtime,
      setTimer: (_delayMs, callback) => {
        pending.add(callback);
        return { cancel: () => pending.delete(callback) };
      },
    });
    cookie.keep(() => {});
    await rm(path());
    const [look] = pending;
    pending.clear();
    look?.();
    await cookie.stop();
    await rm(path(), { force: true });
    expect(pending.size).toBe(0);
    expect(await readdir(directory)).toEqual([]);
  });
});
