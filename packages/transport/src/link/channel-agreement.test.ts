import { describe, expect, test } from "vitest";
import { agree, decodeTerms, encodeTerms } from "./channel-agreement.ts";
import { type ChannelOptions, type ChannelOptionsInput, channelOptionsSchema } from "./channel-options.ts";

const channels = (...inputs: ChannelOptionsInput[]): ChannelOptions[] =>
  inputs.map((input) => channelOptionsSchema.parse(input));
const control = { name: "control", priority: 0 };
const termsOf = (...inputs: ChannelOptionsInput[]) => decodeTerms(encodeTerms(channels(control, ...inputs)));

describe("what two nodes agree on for a link", () => {
  test("are the channels that both have, each within what the other side takes", () => {
    const own = channels(control, { name: "mine", priority: 1 }, { name: "data", priority: 2, messageBytesMax: 5000 });
    const theirs = termsOf({ name: "data", priority: 9, creditChunks: 16, messageBytesMax: 2000 });
    expect(agree(own, theirs)).toMatchObject([
      { name: "control" },
      { name: "data", priority: 2, messageBytesMax: 2000, creditChunks: 8, peerCreditChunks: 16 },
    ]);
  });

  test.each([
    [{ connections: 2 }, /2 connections there, 1 here/],
    [{ kind: "monotonic" as const }, /monotonic there, plain here/],
  ])("is nothing when a channel has %j on one side only", (changes, reason) => {
    const theirs = termsOf({ name: "data", priority: 1, ...changes });
    expect(agree(channels(control, { name: "data", priority: 1 }), theirs)).toMatch(reason);
  });

  test("includes packing by an algorithm that the other side has announced, and none otherwise", () => {
    const own = channels(control, { name: "data", priority: 1, compression: "zstd" });
    const theirs = termsOf({ name: "data", priority: 1 });
    const packsOf = (unpacks: string[]) => {
      const usable = new Set([...(theirs?.unpacks ?? [])].filter(({ name }) => unpacks.includes(name)));
      const agreed = agree(own, theirs && { ...theirs, unpacks: usable });
      return typeof agreed === "string" ? agreed : agreed[1]?.packs?.name;
    };
    expect(packsOf(["zstd", "deflate"])).toBe("zstd");
    expect(packsOf(["deflate"])).toBe("deflate");
    expect(packsOf([])).toBeUndefined();
  });

  test("skips fields of later versions, and takes a peer that announces nothing for one like us", () => {
    const later = Buffer.concat([encodeTerms(channels(control)), Buffer.from([99, 3, 1, 2, 3])]);
    expect(decodeTerms(later)?.channels).toHaveLength(1);
    expect(decodeTerms(Buffer.alloc(0))).toBeUndefined();
    expect(agree(channels(control), undefined)).toMatchObject([{ name: "control", peerCreditChunks: 8 }]);
  });

  test("is refused as malformed when it is cut or impossible", () => {
    const terms = encodeTerms(channels(control, { name: "data", priority: 1 }));
    for (let length = 1; length < terms.length; length++) {
      const cut = terms.subarray(0, length);
      // The end of the first field is also the end of terms without the second one.
      if (length === 2 + (terms[1] as number)) expect(decodeTerms(cut)?.channels).toHaveLength(2);
      else expect(() => decodeTerms(cut)).toThrow(expect.objectContaining({ code: "malformed" }));
    }
    const one = (kind: number, connections: number, credits: number, bytes: number) =>
      Buffer.from([1, 7, 1, 1, 0x61, kind, connections, credits, bytes]);
    expect(decodeTerms(one(0, 1, 1, 1))?.channels).toHaveLength(1);
    for (const bad of [one(9, 1, 1, 1), one(0, 0, 1, 1), one(0, 17, 1, 1), one(0, 1, 0, 1), one(0, 1, 1, 0)]) {
      expect(() => decodeTerms(bad)).toThrow(expect.objectContaining({ code: "malformed" }));
    }
    for (const count of [0, 17]) {
      expect(() => decodeTerms(Buffer.from([1, 1, count]))).toThrow(expect.objectContaining({ code: "malformed" }));
    }
  });
});

test.each([
  [{ name: "a b", priority: 1 }],
  [{ name: "a", priority: 256 }],
  [{ name: "a", priority: 1, colour: "red" }],
  [{ name: "a", priority: 1, connections: 17 }],
  [{ name: "a", priority: 1, kind: "fast" }],
  [{ name: "a", priority: 1, messageBytesMax: 4096, queueBytesMax: 2048 }],
  [{ name: "a", priority: 1, stallMsMax: 1 }],
])("the channel %j is refused", (input) => {
  expect(channelOptionsSchema.safeParse(input).success).toBe(false);
});
