import { describe, expect, it } from "vitest";
import { StaticDiscovery } from "./index.ts";

describe("static discovery", () => {
  it("gives its seeds, IPv6 included", async () => {
    expect(await new StaticDiscovery(["10.0.0.5:7400", "[::1]:7401", "db.internal:80"]).discover()).toEqual([
      { host: "10.0.0.5", port: 7400 },
      { host: "::1", port: 7401 },
      { host: "db.internal", port: 80 },
    ]);
  });

  it.each(["user@host:80", "a/b:80", "a?b:80", "%41:80", "höst:80", "\u{1f4a5}:80", `${"x".repeat(256)}:80`])(
    "[Y20] refuses %j: it is no host of a node, and would dial another one than it names",
    (seed) => {
      expect(() => new StaticDiscovery([seed])).toThrow(expect.objectContaining({ code: "invalidSeed" }));
    },
  );

  it.each(["", "host", "host:", ":80", "host:0", "host:65536", "host:1x", "a b:80", "::1:80", "ws://host:80"])(
    "[B37] refuses %j",
    (seed) => {
      expect(() => new StaticDiscovery([seed])).toThrow(expect.objectContaining({ code: "invalidSeed" }));
    },
  );
});
