import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCookie } from "./cookie.ts";

let parent: string;
let directory: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "cookie-"));
  directory = join(parent, "private");
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

describe("the cookie", () => {
  it("is made once, with mode 0600, and is the same for everybody who asks at the same moment", async () => {
    const cookies = await Promise.all(Array.from({ length: 20 }, () => readCookie(directory, random)));
    expect(new Set(cookies).size).toBe(1);
    expect(cookies[0]).toMatch(/^[0-9a-f]{64}$/);
    expect((await stat(join(directory, "cookie"))).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(["cookie"]);
  });

  it.each([
    ["empty", "", 0o600],
    ["not a cookie", "secret", 0o600],
    ["readable by the group", "a".repeat(64), 0o640],
    ["readable by all", "a".repeat(64), 0o604],
  ])("is refused when it is %s", async (_how, text, mode) => {
    await mkdir(directory, { mode: 0o700 });
    await writeFile(join(directory, "cookie"), text, { mode });
    await chmod(join(directory, "cookie"), mode);
    const failure = await readCookie(directory, random).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "insecureCookie" });
    if (text !== "") expect(String(failure)).not.toContain(text);
  });
});
