import { describe, expect, it } from "vitest";
import { remoteRefSchema } from "./remote-address.ts";

const address = ["a", 1, 7];

describe("a ref on its way", () => {
  it.each([
    ["without channels", [...address]],
    ["with the channel of a class", [...address, { channel: "data" }]],
    ["with channels of methods", [...address, { channels: { upload: "data", receive: "events" } }]],
  ])("is understood %s", (_what, ref) => {
    expect(remoteRefSchema.parse(ref)).toEqual([...address, ref[3]]);
  });

  it("may have more than this version knows", () => {
    expect(remoteRefSchema.parse([...address, { channel: "data", hue: 3 }, "later"])).toEqual([
      ...address,
      { channel: "data" },
    ]);
  });

  it.each([
    ["no actor", ["a", 1]],
    ["no channels", [...address, "data"]],
    ["no name of a channel", [...address, { channel: "a b" }]],
    ["a channel that is no text", [...address, { channels: { upload: 3 } }]],
    ["a method's name that is too long", [...address, { channels: { ["m".repeat(256)]: "data" } }]],
    [
      "too many methods",
      [...address, { channels: Object.fromEntries(Array.from({ length: 257 }, (_, at) => [at, "data"])) }],
    ],
  ])("is refused with %s", (_what, ref) => {
    expect(remoteRefSchema.safeParse(ref).success).toBe(false);
  });
});
