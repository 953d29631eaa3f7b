import { type Link, TransportError } from "@foundation/transport";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../../actor/src/testing/manual-time.ts";
import { LostPeers } from "./lost-peers.ts";

const b = { nodeId: "b", incarnation: 7, address: { host: "b", port: 1 } };
const refusal = new TransportError("connectionRefused", "nobody listens there");

/** How the address of the lost peer answers: it refuses, says nothing, or does not know the way. */
type Answer = "refused" | "silent" | "unreachable" | "linked";

describe("[V12] a peer whose link broke", () => {
  let time: ManualTime;
  let lost: LostPeers;
  let events: string[];
  let answer: Answer;
  let asked: number;
  let link: Link | undefined;
  let mayJudge: boolean;

  beforeEach(() => {
    time = new ManualTime();
    events = [];
    answer = "refused";
    asked = 2;
    link = undefined;
    mayJudge = true;
    lost = new LostPeers(
      time.runtime,
      {
        link: () => link,
        connect: async () => {
          events.push("dial");
          if (answer === "refused") throw refusal;
          if (answer === "unreachable") throw new TransportError("unreachable", "no way there");
          if (answer === "linked") return (link = {} as Link);
          return new Promise<Link>(() => {});
        },
      },
      2_650,
      {
        inquire: () => {
          events.push("inquire");
          return asked;
        },
        mayJudgeSilence: () => mayJudge,
        declareDown: ({ nodeId, incarnation }) => void events.push(`down ${nodeId} ${incarnation}`),
      },
    );
  });

  /** Lets `ms` pass, and what was promised in them settle. */
  const pass = async (ms: number): Promise<void> => {
    for (const end = time.now + ms; ; ) {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      if (time.now >= end) return;
      time.advance(1);
    }
  };

  it("is not dead because its address refuses: the others are asked first", async () => {
    lost.search(b);
    await pass(0);
    expect(events).toEqual(["dial", "inquire"]);
    lost.answered("b", 7, null);
    expect(events).toEqual(["dial", "inquire"]);
    lost.answered("b", 7, null);
    expect(events).toEqual(["dial", "inquire", "down b 7"]);
    expect(lost.has("b")).toBe(false);
    expect(time.pending).toBe(0);
  });

  it("is dead when nobody answers in time, or there is nobody to ask", async () => {
    lost.search(b);
    await pass(39);
    expect(events).toEqual(["dial", "inquire"]);
    await pass(1);
    expect(events).toEqual(["dial", "inquire", "down b 7"]);
    asked = 0;
    lost.search(b);
    await pass(0);
    expect(events.slice(3)).toEqual(["dial", "inquire", "down b 7"]);
  });

  it.each([
    [999, ["dial", "inquire", "dial", "inquire"]],
    [1_000, ["dial", "inquire", "down b 7"]],
  ])("heard by another member %i ms ago: %j", async (agoMs, expected) => {
    asked = 1;
    lost.search(b);
    await pass(0);
    lost.answered("b", 7, agoMs);
    await pass(3);
    expect(events).toEqual(expected);
  });

  it("is judged by its latest round alone: a word of an earlier one counts no more", async () => {
    asked = 1;
    lost.search(b);
    await pass(0);
    lost.answered("b", 7, 10);
    await pass(3);
    expect(events).toEqual(["dial", "inquire", "dial", "inquire"]);
    lost.answered("b", 7, null);
    expect(events.at(-1)).toBe("down b 7");
  });

  it("is not judged by words about another life of it, or that were not asked for", async () => {
    lost.search(b);
    lost.answered("b", 7, null);
    lost.answered("b", 7, null);
    await pass(0);
    lost.answered("b", 6, null);
    lost.answered("b", 6, null);
    lost.answered("c", 7, null);
    expect(events).toEqual(["dial", "inquire"]);
  });

  it("that says nothing is dialled until its time is up, and the others are asked then", async () => {
    answer = "silent";
    lost.search(b);
    await pass(2_649);
    expect(events).toEqual(["dial"]);
    await pass(1);
    expect(events).toEqual(["dial", "inquire"]);
  });

  it("that cannot be reached is dialled again and again, later each time, until its time is up", async () => {
    answer = "unreachable";
    lost.search(b);
    await pass(3 + 6 + 12);
    expect(events).toEqual(["dial", "dial", "dial", "dial"]);
    await pass(4_200);
    expect(events.filter((event) => event === "inquire")).toHaveLength(1);
    expect(events.at(-1)).toBe("down b 7");
    expect(events.length).toBeLessThan(20);
  });

  it("that is linked again, or whose fate is known, is looked for no more", async () => {
    answer = "linked";
    lost.search(b);
    await pass(1_000);
    expect([events, lost.has("b"), time.pending]).toEqual([["dial"], false, 0]);
    link = undefined;
    answer = "unreachable";
    lost.search(b);
    await pass(1);
    lost.found("b");
    await pass(1_000);
    expect(events).toEqual(["dial", "dial"]);
    lost.search(b);
    await pass(1);
    lost.stop();
    await pass(3_000);
    expect(events).toEqual(["dial", "dial", "dial"]);
    expect(time.pending).toBe(0);
  });

  it("[Y1] is not dead by its silence while this node is forming a cluster, and is when it has", async () => {
    answer = "unreachable";
    asked = 0;
    mayJudge = false;
    lost.search(b);
    await pass(10_000);
    expect(events.filter((event) => event.startsWith("down"))).toEqual([]);
    mayJudge = true;
    await pass(1_000);
    expect(events.at(-1)).toBe("down b 7");
  });
});
