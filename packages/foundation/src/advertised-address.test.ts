import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { advertisedAddress, type Interfaces } from "./advertised-address.ts";

function machine(...addresses: string[]): Interfaces {
  const info = (address: string): NetworkInterfaceInfo => ({
    address,
    netmask: "",
    mac: "",
    cidr: null,
    internal: address === "127.0.0.1" || address === "::1",
    ...(address.includes(":") ? { family: "IPv6", scopeid: 0 } : { family: "IPv4" }),
  });
  return () => ({ lo: ["127.0.0.1", "::1"].map(info), eth0: addresses.map(info), gone: undefined });
}

describe("[Y19] a node that listens at every address", () => {
  it.each<[host: string, addresses: string[], announced: string]>([
    ["0.0.0.0", ["10.0.0.5"], "10.0.0.5"],
    ["0", ["10.0.0.5", "fe80::1", "2001:db8::5"], "10.0.0.5"],
    ["0.0.0.0", ["10.0.0.5", "169.254.3.4"], "10.0.0.5"],
    ["0.0.0.0", [], "127.0.0.1"],
    ["::", [], "::1"],
    ["::", ["2001:db8::5", "fe80::1", "10.0.0.5"], "2001:db8::5"],
    ["0:0:0:0:0:0:0:0", ["10.0.0.5", "fe80::1"], "10.0.0.5"],
  ])("at %s, with %j, announces %s", (host, addresses, announced) => {
    expect(advertisedAddress({ host }, machine(...addresses))).toEqual({ host: announced, port: 0 });
  });

  it.each<[host: string, addresses: string[]]>([
    ["0.0.0.0", ["10.0.0.5", "172.17.0.1"]],
    ["::", ["2001:db8::5", "2001:db8::6"]],
    ["::", ["10.0.0.5", "172.17.0.1"]],
  ])("at %s, with %j, does not guess, and names all", (host, addresses) => {
    const start = (): unknown => advertisedAddress({ host }, machine(...addresses));
    expect(start).toThrow(expect.objectContaining({ code: "ambiguousAddress" }));
    for (const address of addresses) expect(start).toThrow(address);
  });

  it("does not guess either when the system does not say", () => {
    const silent: Interfaces = () => {
      throw new Error("ENOSYS");
    };
    expect(() => advertisedAddress({ host: "::" }, silent)).toThrow(
      expect.objectContaining({ code: "ambiguousAddress", message: expect.stringContaining("ENOSYS") }),
    );
  });

  it("announces what it is told, and its own port unless it is told another one", () => {
    const advertise = { host: "node-1.example", port: 7_400 };
    expect(advertisedAddress({ host: "0.0.0.0", advertise }, machine())).toEqual(advertise);
    expect(advertisedAddress({ host: "::", advertise: { host: "node-1.example" } }, machine())).toEqual({
      host: "node-1.example",
      port: 0,
    });
  });
});

describe("a node that listens at one address", () => {
  it.each(["10.0.0.5", "127.0.0.1", "::1", "node-1.example", undefined])("announces it: %s", (host) => {
    expect(advertisedAddress({ host }, machine("10.0.0.5", "172.17.0.1"))).toBeUndefined();
  });
});
