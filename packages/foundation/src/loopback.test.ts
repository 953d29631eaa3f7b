import { describe, expect, it } from "vitest";
import { isEveryAddress, isLoopback } from "./loopback.ts";

describe("a host", () => {
  it.each([
    "localhost",
    "LOCALHOST",
    "LocalHost",
    "127.0.0.1",
    "127.8.9.10",
    "127.1",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::0001",
    "::ffff:127.0.0.1",
    "::ffff:7f01:203",
  ])("[Y10] %s is this machine", (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(isEveryAddress(host)).toBe(false);
  });

  it.each(["0.0.0.0", "0", "0.0", "0x0.0", "::", "::0", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0"])(
    "[Y19] %s is every address of this machine, and not loopback alone",
    (host) => {
      expect(isEveryAddress(host)).toBe(true);
      expect(isLoopback(host)).toBe(false);
    },
  );

  it.each([
    "10.0.0.1",
    "127.example",
    "127.0.0.1.example",
    "localhost.example",
    "::2",
    "1::1",
    "fe80::1",
    "::ffff:10.0.0.1",
    "::ffff:128.0.0.1",
    "",
    "%",
    "a b",
  ])("%j is neither", (host) => {
    expect(isLoopback(host)).toBe(false);
    expect(isEveryAddress(host)).toBe(false);
  });
});
