import { createLog, type LogEvent } from "@foundation/actor";
import {
  formatAddress,
  type Link,
  type PeerAddress,
  TransportError,
  type TransportErrorCode,
} from "@foundation/transport";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../../actor/src/testing/manual-time.ts";
import { PeerDialer } from "./peer-dialer.ts";

const at = (port: number): PeerAddress => ({ host: "10.0.0.1", port });

describe("the dialler of peers", () => {
  let time: ManualTime;
  let dialer: PeerDialer;
  let logged: LogEvent[];
  /** Dials that have not ended, by address. */
  let open: Map<string, { resolve: (link: Link) => void; reject: (error: Error) => void }>;
  let dialled: string[];
  let linkedAt: Set<string>;
  let connect: (address: PeerAddress) => Promise<Link>;

  beforeEach(() => {
    time = new ManualTime();
    logged = [];
    open = new Map();
    dialled = [];
    linkedAt = new Set();
    const runtime = { ...time.runtime, log: createLog((event) => void logged.push(event), "debug") };
    connect = (address) => {
      const key = formatAddress(address);
      dialled.push(key);
      return new Promise((resolve, reject) => open.set(key, { resolve, reject }));
    };
    const linkAt = (address: PeerAddress): Link | undefined =>
      linkedAt.has(formatAddress(address)) ? ({} as Link) : undefined;
    dialer = new PeerDialer(runtime, { connect, linkAt, incarnation: 1 }, () => {});
    dialer.endJoining();
  });

  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  const fail = async (port: number, code: TransportErrorCode): Promise<void> => {
    open.get(formatAddress(at(port)))?.reject(new TransportError(code, "no"));
    await turns();
  };
  /** Dials `port` again. @returns whether it was done. */
  const isDialledAgain = (port: number): boolean => {
    const before = dialled.length;
    void dialer.dial(at(port));
    return dialled.length > before;
  };

  it("dials 16 addresses at a time, the others as these end, and none of them twice", async () => {
    for (let port = 1; port <= 70; port++) void dialer.dial(at(port));
    expect([dialled.length, dialer.pending]).toEqual([16, 16]);
    void dialer.dial(at(1));
    expect(dialled).toHaveLength(16);
    await fail(1, "connectionRefused");
    expect(dialled.slice(16)).toEqual(["10.0.0.1:17"]);
    for (let port = 2; port <= 70; port++) await fail(port, "connectionRefused");
    expect(dialled).toHaveLength(70);
    expect(new Set(dialled).size).toBe(70);
    await dialer.settled();
    expect(dialer.pending).toBe(0);
  });

  it("waits twice as long before each further dial of an address that fails, up to 10 s", async () => {
    for (const pauseMs of [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]) {
      expect(isDialledAgain(1)).toBe(true);
      await fail(1, "connectionRefused");
      time.now += pauseMs - 1;
      expect(isDialledAgain(1)).toBe(false);
      time.now += 1;
    }
  });

  it.each<[TransportErrorCode, number[]]>([
    ["wrongCluster", [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]],
    ["self", [60_000, 60_000]],
  ])("waits longer where more dialling hardly helps: %s", async (code, pauses) => {
    for (const pauseMs of pauses) {
      expect(isDialledAgain(1)).toBe(true);
      await fail(1, code);
      time.now += pauseMs - 1;
      expect(isDialledAgain(1)).toBe(false);
      time.now += 1;
    }
    expect(logged.filter(({ level }) => level === "warn").length).toBe(code === "self" ? 0 : 3);
  });

  it.each<[TransportErrorCode, boolean]>([
    ["connectionRefused", false],
    ["unreachable", false],
    ["duplicateNode", true],
    ["declaredDead", true],
  ])("knows whether a peer still believes in an earlier life of this node: %s %s", async (code, isRemembered) => {
    expect(dialer.isRemembered).toBe(false);
    void dialer.dial(at(1));
    await fail(1, code);
    expect(dialer.isRemembered).toBe(isRemembered);
  });

  it("warns of an address that was configured and does not answer for 3 s, and of no other", async () => {
    const failAgain = async (): Promise<string[]> => {
      logged.length = 0;
      void dialer.dial(at(1), "configured");
      void dialer.dial(at(2));
      for (const port of [1, 2]) await fail(port, "connectionRefused");
      return logged.map(({ level, fields }) => `${level} ${fields?.address}`);
    };
    expect(await failAgain()).toEqual(["debug 10.0.0.1:1", "debug 10.0.0.1:2"]);
    time.now += 2_999;
    // The same line comes once a minute.
    expect(await failAgain()).toEqual([]);
    time.now += 1_000;
    expect(await failAgain()).toEqual(["warn 10.0.0.1:1"]);
    time.now += 60_000;
    expect(await failAgain()).toEqual(["warn 10.0.0.1:1", "debug 10.0.0.1:2"]);
  });

  it("[Y18] warns of 20 addresses at once and of the others in one line, however many are named", async () => {
    for (let port = 1; port <= 3_000; port++) void dialer.dial(at(port));
    for (let port = 1; port <= 3_000; port++) await fail(port, "wrongCluster");
    const warned = logged.filter(({ level }) => level === "warn");
    expect(warned).toHaveLength(21);
    expect(warned[20]?.event).toBe("cannot link further peers");
  });

  it("dials no address that a link leads to, and begins anew with one that had a link", async () => {
    linkedAt.add("10.0.0.1:1");
    expect(isDialledAgain(1)).toBe(false);
    linkedAt.clear();
    expect(isDialledAgain(2)).toBe(true);
    await fail(2, "connectionRefused");
    time.now += 100;
    expect(isDialledAgain(2)).toBe(true);
    open.get("10.0.0.1:2")?.resolve({} as Link);
    await turns();
    expect(isDialledAgain(2)).toBe(true);
    await fail(2, "connectionRefused");
    time.now += 100;
    expect(isDialledAgain(2)).toBe(true);
  });

  it("dials nothing any more once it has stopped: neither what waits nor what is tried again", async () => {
    const joining = new PeerDialer(time.runtime, { connect, linkAt: () => undefined, incarnation: 1 }, () => {});
    for (let port = 1; port <= 17; port++) void joining.dial(at(port));
    await fail(1, "unreachable");
    await fail(2, "duplicateNode");
    expect([dialled.length, time.pending, joining.pending]).toEqual([16, 2, 16]);
    joining.stop();
    await turns();
    expect([time.pending, joining.pending]).toEqual([0, 14]);
    for (let port = 3; port <= 16; port++) await fail(port, "unreachable");
    await joining.settled();
    expect([dialled.length, time.pending, joining.pending]).toEqual([16, 0, 0]);
  });
});
