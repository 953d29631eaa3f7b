import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { listenError } from "./listen-error.ts";

const address = { host: "node-1.example", port: 80 };
const failure = (code: string): Error => Object.assign(new Error("it failed"), { code });

/** What the system itself says of an address. */
function refusedBySystem(host: string): Promise<Error> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", resolve);
    server.listen({ host, port: 0 }, () => server.close(() => reject(new Error(`${host} was listened at`))));
  });
}

describe("[Y18] an address that cannot be listened at", () => {
  it.each([
    ["ENOTFOUND", 'the name "node-1.example" does not resolve on this machine; correct it, or give an address'],
    ["EAI_AGAIN", 'the name "node-1.example" cannot be looked up at present; check name resolution'],
    ["EADDRNOTAVAIL", "this machine has no such address; give one of its own here, and in advertise what others dial"],
    ["EAFNOSUPPORT", "this machine does not speak that version of IP"],
    ["EACCES", "this process may not use port 80; choose one from 1024 on or 0, or give it the right to"],
    ["EPERM", "this process may not use port 80"],
    ["EINVAL", "an address that is good within one cable only (fe80::) cannot be listened at"],
    ["ESOMETHING", "choose an address of this machine and a permitted port"],
  ])("is said to be what it is, and what to do: %s", (code, reason) => {
    const cause = failure(code);
    expect(listenError(address, cause)).toMatchObject({
      code: "addressNotAvailable",
      message: expect.stringContaining(`Cannot listen at node-1.example:80 (${code}): ${reason}`),
      cause,
    });
  });

  it("is another matter when it is taken", () => {
    const taken = listenError(address, failure("EADDRINUSE"));
    expect(taken).toMatchObject({ code: "addressInUse", message: expect.stringContaining("another port or 0") });
  });

  it.each([
    ["nope.invalid", "does not resolve|cannot be looked up"],
    ["192.0.2.1", "this machine has no such address"],
  ])("is told by what this system says of %s", async (host, reason) => {
    expect(listenError({ host, port: 0 }, await refusedBySystem(host)).message).toMatch(new RegExp(reason));
  });
});
