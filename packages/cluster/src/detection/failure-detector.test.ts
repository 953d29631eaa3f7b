import type { Runtime } from "@foundation/actor";
import type { Link } from "@foundation/transport";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../../actor/src/testing/manual-time.ts";
import { FailureDetector } from "./failure-detector.ts";

describe("the failure detector", () => {
  const options = { intervalMs: 200, suspectAfterMs: 1_000, downAfterMs: 2_650 };
  let time: ManualTime;
  let link: { lastReceivedAt: number; isOpen: boolean };
  let events: string[];
  let detector: FailureDetector;
  let answers: boolean;
  /** How long this node had stood still each time the connections of the link were looked after. */
  let watched: number[];

  beforeEach(() => {
    time = new ManualTime();
    link = { lastReceivedAt: time.now, isOpen: true };
    events = [];
    answers = true;
    watched = [];
    startOn(time.runtime);
  });

  const startOn = (runtime: Runtime): void => {
    const note = (event: string) => () => {
      if (events.at(-1) !== event) events.push(event);
    };
    detector = new FailureDetector(runtime, options, {
      links: () => (link.isOpen ? [link as unknown as Link] : []),
      ping: () => {},
      watch: (_link, stalledMs) => void watched.push(stalledMs),
      inquire: note("inquire"),
      trust: note("trust"),
      suspect: note("suspect"),
      declareDown: () => {
        note(`down at ${Math.round((time.now - 1_000) / 100) * 100}`)();
        link.isOpen = false;
      },
      giveUp: () => {
        note("give up the link")();
        link.isOpen = false;
      },
    });
    detector.start();
  };

  const poll = (): void => {
    if (answers) link.lastReceivedAt = time.now;
  };

  it("says nothing while the peer answers", () => {
    time.advance(60_000, poll);
    expect(events).toEqual([]);
  });

  it("looks after single connections at every third tick, and says how long this node stood still meanwhile", () => {
    time.advance(1_850, poll);
    expect(watched).toEqual([0, 0, 0]);
    time.stall(1_000);
    time.advance(600, poll);
    expect(watched).toHaveLength(4);
    expect(watched[3]).toBeGreaterThan(700);
    time.advance(600, poll);
    expect(watched.slice(4)).toEqual([0]);
  });

  it("declares a peer that fell silent dead within 3 s, after asking others", () => {
    answers = false;
    time.advance(3_000, poll);
    expect(events).toHaveLength(3);
    expect(events.slice(0, 2)).toEqual(["suspect", "inquire"]);
    expect(Number(events[2]?.replace("down at ", ""))).toBeLessThanOrEqual(3_000);
  });

  it("[Y16] leaves no timer when it stops, also where a peer is about to be judged", () => {
    answers = false;
    for (let ms = 0; time.pending < 2 && ms < 5_000; ms += 10) time.advance(10, poll);
    expect(time.pending).toBe(2);
    detector.stop();
    expect(time.pending).toBe(0);
    time.advance(5_000, poll);
    expect(events).toEqual(["suspect", "inquire"]);
  });

  it("[M4] bears a peer that stalls for 2.5 s, at every phase of the pings", () => {
    for (let phase = 0; phase < 200; phase += 10) {
      answers = true;
      time.advance(1_000 + phase, poll);
      answers = false;
      time.advance(2_500, poll);
    }
    answers = true;
    time.advance(1_000, poll);
    expect(events.filter((event) => event.startsWith("down"))).toEqual([]);
    expect(events.at(-1)).toBe("trust");
  });

  it("[M4] blames nobody for its own stall, whatever its length", () => {
    for (const stallMs of [500, 2_500, 10_000, 3_600_000]) {
      time.advance(1_000, poll);
      time.stall(stallMs);
      time.advance(1_000, poll);
    }
    expect(events).toEqual([]);
  });

  it("gives up the link, not the peer, while another member vouches for the peer", () => {
    answers = false;
    for (let tenth = 0; tenth < 40; tenth++) {
      detector.vouched(link as unknown as Link, 50);
      time.advance(100, poll);
    }
    expect(events.filter((event) => event !== "inquire")).toEqual(["suspect", "give up the link"]);
  });

  it("does not trust a member that vouched long ago", () => {
    answers = false;
    time.advance(1_500, poll);
    detector.vouched(link as unknown as Link, 50);
    time.advance(2_000, poll);
    expect(events.filter((event) => event.startsWith("down"))).toHaveLength(1);
  });

  it("[V6] subtracts its own stall from a silence that began before it", () => {
    answers = false;
    time.advance(1_500, poll);
    time.stall(10_000);
    time.advance(1_000, poll);
    expect(events.filter((event) => event.startsWith("down"))).toEqual([]);
    time.advance(1_000, poll);
    expect(events.filter((event) => event.startsWith("down"))).toHaveLength(1);
  });

  it("[V6] passes no judgement in a turn that came late: what came meanwhile is not read yet", () => {
    detector.stop();
    let turns = 0;
    // The loop stands still just before the judge's own turn; then the peer's answer is read.
    const nextTurn = (callback: () => void): void =>
      time.runtime.nextTurn(() => {
        if (++turns === 2) time.stall(10_000);
        callback();
      });
    startOn({ ...time.runtime, nextTurn });
    answers = false;
    time.advance(3_500, () => {
      if (turns >= 2) poll();
      answers = turns >= 2;
    });
    time.advance(1_000, poll);
    expect(turns).toBeGreaterThanOrEqual(2);
    expect(events.filter((event) => event !== "inquire")).toEqual(["suspect", "trust"]);
  });

  it("suspects a peer again when it falls silent again", () => {
    for (let round = 0; round < 3; round++) {
      answers = false;
      time.advance(1_600, poll);
      answers = true;
      time.advance(600, poll);
    }
    const told = events.filter((event) => event !== "inquire");
    expect(told).toEqual(["suspect", "trust", "suspect", "trust", "suspect", "trust"]);
  });

  it("[V12] counts the word of a member that heard the peer less than a second ago, and only as long as it is fresh", () => {
    const silence = (vouch: () => void): string[] => {
      answers = false;
      events.length = 0;
      link.isOpen = true;
      link.lastReceivedAt = time.now;
      time.advance(1_400, poll);
      vouch();
      time.advance(1_600, poll);
      return events.filter((event) => event !== "inquire" && event !== "suspect");
    };
    const vouched = (agoMs: number) => () => detector.vouched(link as unknown as Link, agoMs);
    expect(silence(vouched(999))[0]).toMatch(/^down/);
    answers = true;
    link.isOpen = true;
    time.advance(1_000, poll);
    const late = (agoMs: number): string[] => {
      answers = false;
      events.length = 0;
      link.isOpen = true;
      link.lastReceivedAt = time.now;
      time.advance(2_400, poll);
      vouched(agoMs)();
      time.advance(600, poll);
      return events.filter((event) => event !== "inquire" && event !== "suspect");
    };
    expect(late(999)).toEqual(["give up the link"]);
    answers = true;
    link.isOpen = true;
    time.advance(1_000, poll);
    expect(late(1_000)[0]).toMatch(/^down/);
  });
});
