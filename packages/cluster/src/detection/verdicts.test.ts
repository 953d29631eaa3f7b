import type { Link } from "@foundation/transport";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../../actor/src/testing/manual-time.ts";
import { Membership } from "../view/membership.ts";
import { Verdicts } from "./verdicts.ts";

const peer = (nodeId: string, incarnation = 1) => ({ nodeId, incarnation, address: { host: nodeId, port: 1 } });

describe("verdicts", () => {
  let time: ManualTime;
  let links: Map<string, { peer: ReturnType<typeof peer>; lastReceivedAt: number; isOpen: boolean }>;
  let membership: Membership;
  let verdicts: Verdicts;
  let said: string[];
  let mayJudge: boolean;

  beforeEach(() => {
    time = new ManualTime();
    links = new Map();
    said = [];
    mayJudge = true;
    membership = new Membership(peer("self"), (change) => {
      const reason = change.kind === "memberDown" ? ` ${change.reason}: ${change.why}` : "";
      said.push(`${change.kind.replace("member", "")} ${change.member.nodeId}${reason}`);
    });
    verdicts = new Verdicts({
      runtime: time.runtime,
      detection: { intervalMs: 200, suspectAfterMs: 1_000, downAfterMs: 2_650 },
      membership,
      endpoint: {
        connect: () => new Promise<Link>(() => {}),
        link: (nodeId) => links.get(nodeId) as unknown as Link | undefined,
        links: () => [...links.values()] as unknown as Link[],
        forget: (nodeId) => void said.push(`forget ${nodeId}`),
      },
      protocol: {
        send: (nodeId, message) => said.push(`${message.kind} to ${nodeId}: ${JSON.stringify(message)}`) > 0,
        broadcast: (message) => said.push(`all: ${message.kind}`),
      },
      mayJudgeSilence: () => mayJudge,
    });
  });

  const link = (nodeId: string, incarnation = 1): void => {
    const close = (code: number): void => {
      said.push(`close ${nodeId} ${code}`);
      links.delete(nodeId);
    };
    const watch = (): void => {};
    const send = (): void => {};
    links.set(nodeId, {
      peer: peer(nodeId, incarnation),
      lastReceivedAt: time.now,
      isOpen: true,
      ...{ close, watch, send },
    });
    membership.up(peer(nodeId, incarnation));
  };

  const dead = { nodeId: "b", incarnation: 1 };

  it("of another member are believed about a suspect, and its link and what waits for it are given up", () => {
    link("b");
    membership.suspect("b", 1);
    said.length = 0;
    verdicts.heardOfDeath(dead, "c");
    expect(said).toEqual([
      "Down b dead: it does not answer here either, and c has found it dead",
      "close b 4410",
      "forget b",
    ]);
  });

  it("of another member are not believed about one that is heard, this node, another life, or none that is known", () => {
    link("b");
    said.length = 0;
    verdicts.heardOfDeath(dead, "c");
    verdicts.heardOfDeath({ nodeId: "self", incarnation: 1 }, "c");
    membership.suspect("b", 1);
    verdicts.heardOfDeath({ nodeId: "b", incarnation: 2 }, "c");
    verdicts.heardOfDeath({ nodeId: "stranger", incarnation: 1 }, "c");
    expect(said).toEqual(["Suspect b"]);
  });

  it("about one that leaves wait for the end of its link, and say that it left", () => {
    link("b");
    membership.leaving("b");
    said.length = 0;
    verdicts.heardOfDeath(dead, "c");
    expect(said).toEqual([]);
    links.delete("b");
    verdicts.heardOfDeath(dead, "c");
    expect(said).toEqual(["Down b left: undefined", "forget b"]);
  });

  it("are helped by what this node has heard: nothing of a suspect, of another life or without a link", () => {
    link("b");
    time.now += 70;
    const heard = (): unknown => JSON.parse(said.at(-1)?.replace("heard to c: ", "") ?? "").agoMs;
    verdicts.answerInquiry(dead, "c");
    expect(heard()).toBe(70);
    verdicts.answerInquiry({ nodeId: "b", incarnation: 2 }, "c");
    expect(heard()).toBeNull();
    membership.suspect("b", 1);
    verdicts.answerInquiry(dead, "c");
    expect(heard()).toBeNull();
    links.delete("b");
    verdicts.answerInquiry(dead, "c");
    expect(heard()).toBeNull();
  });

  it("about silence ask ten others, are told to all, and are passed on what they say", () => {
    link("b");
    const others = Array.from({ length: 12 }, (_each, at) => `c${at}`);
    for (const nodeId of others) link(nodeId);
    verdicts.start();
    said.length = 0;
    const poll = (): void => {
      for (const nodeId of others) (links.get(nodeId) as { lastReceivedAt: number }).lastReceivedAt = time.now;
    };
    time.advance(1_400, poll);
    const asked = said.filter((line) => line.startsWith("inquire to"));
    expect(said[0]).toBe("Suspect b");
    expect(new Set(asked.slice(0, 10)).size).toBe(10);
    expect(asked.slice(0, 10).every((line) => line.startsWith("inquire to c"))).toBe(true);
    mayJudge = false;
    time.advance(2_000, poll);
    expect(said.some((line) => line.startsWith("Down"))).toBe(false);
    mayJudge = true;
    time.advance(400, poll);
    const verdict = said.filter((line) => !line.startsWith("inquire"));
    expect(verdict).toEqual([
      "Suspect b",
      "all: down",
      "Down b dead: it has not answered for 2650 ms",
      "close b 4410",
      "forget b",
    ]);
    verdicts.stop();
    expect(time.pending).toBe(0);
  });

  it("about a link that broke are sought at once, and given up when it is back", () => {
    link("b");
    links.delete("b");
    said.length = 0;
    verdicts.unlinked(peer("b"));
    expect([said, time.pending]).toEqual([["Suspect b"], 1]);
    verdicts.linked("b");
    verdicts.stop();
    time.advance(10_000);
    expect(said).toEqual(["Suspect b"]);
  });
});
