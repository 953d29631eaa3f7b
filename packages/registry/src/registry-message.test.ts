import { describe, expect, it } from "vitest";
import type { Registration } from "./registration.ts";
import { RegistrationPacker, registryMessageSchema, unpackChange, unpackRegistration } from "./registry-message.ts";

const channelsOf = (methods: number) => ({
  channel: "events",
  channels: Object.fromEntries(Array.from({ length: methods }, (_, index) => [`method${index}`, "data"])),
});
const registration = (name: string, channels?: Registration["channels"]): Registration => ({
  name,
  actorId: 7,
  epoch: 2,
  stamp: [1_000, 3],
  ...(channels && { channels }),
});
const full = (registrations: unknown[], classes?: unknown[]) => ({
  kind: "full",
  incarnation: 1,
  version: 1,
  part: 0,
  isLast: true,
  registrations,
  ...(classes && { classes }),
});

describe("a message about names", () => {
  it("says what a class says of channels once, however many names are of it", () => {
    const [one, other] = [channelsOf(200), channelsOf(1)];
    const sent = Array.from({ length: 1_000 }, (_, index) =>
      registration(`name-${index}`, [one, other, undefined][index % 3]),
    );
    const packer = new RegistrationPacker();
    const message = full(
      sent.map((each) => packer.registration(each)),
      packer.classes,
    );
    expect(packer.classes).toEqual([one, other]);
    expect(JSON.stringify(message).length).toBeLessThan(90_000);

    const read = registryMessageSchema.parse(JSON.parse(JSON.stringify(message)));
    if (read.kind !== "full") throw new Error(read.kind);
    const received = read.registrations.map((each) => unpackRegistration(each, read.classes));
    expect(received).toEqual(sent);
    // The receiver keeps one object for each class, too.
    expect(received[3]?.channels).toBe(received[0]?.channels);
  });

  it("carries changes the same way", () => {
    const packer = new RegistrationPacker();
    const changes = [
      { kind: "taken", registration: registration("a", channelsOf(2)) },
      { kind: "freed", name: "b" },
    ] as const;
    const sent = changes.map((change) => packer.change(change));
    expect(sent.map((change) => unpackChange(change, packer.classes))).toEqual(changes);
  });

  it("has room for as many names as are allowed, and for about 60 KiB of names and classes", () => {
    const few = new RegistrationPacker(2);
    few.change({ kind: "freed", name: "a" });
    expect(few.hasRoom).toBe(true);
    few.registration(registration("b"));
    expect(few.hasRoom).toBe(false);

    const wide = new RegistrationPacker();
    const named = "n".repeat(200);
    for (let i = 0; i < 200; i++) wide.registration(registration(named));
    expect(wide.bytes).toBe(200 * 296);
    expect(wide.hasRoom).toBe(true);
    // A class counts once.
    const ofClass = channelsOf(200);
    for (let i = 0; i < 2; i++) wide.registration(registration("n", ofClass));
    expect(wide.bytes).toBe(200 * 296 + 2 * 97 + Buffer.byteLength(JSON.stringify(ofClass)));
    expect(wide.hasRoom).toBe(false);
  });

  it("of names alone needs no classes", () => {
    expect(registryMessageSchema.parse(full([registration("a")]))).toMatchObject({ classes: [] });
  });

  it.each([
    ["a number that is none", full([{ ...registration("a"), channels: -1 }])],
    ["a number beyond the limit", full([{ ...registration("a"), channels: 1_000 }])],
    ["channels in place of the number", full([registration("a", channelsOf(1))])],
    ["more classes than the limit", full([], new Array(1_001).fill({}))],
  ])("is refused with %s", (_what, message) => {
    expect(registryMessageSchema.safeParse(message).success).toBe(false);
  });

  it("with the number of no class says nothing of channels", () => {
    const { channels, ...plain } = registration("a");
    expect(channels).toBeUndefined();
    expect(unpackRegistration({ ...plain, channels: 3 }, [])).toEqual(plain);
  });
});
