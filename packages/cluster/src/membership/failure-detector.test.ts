import { type Runtime, silentLog, type Timer } from "@foundation/actor";
import type { Link } from "@foundation/transport";
import { beforeEach, describe, expect, it } from "vitest";
import { FailureDetector } from "./failure-detector.ts";

/** A clock that only moves when told. Stalling moves it without running timers, as a blocked event loop does. */
class ManualTime {
  now = 1_000;
  #timers: { at: number; callback: () => void }[] = [];
  #turns: (() => void)[] = [];

  readonly runtime: Runtime = {
    now: () => this.now,
    wallTime: () => this.now,
    setTimer: (delayMs, callback): Timer => {
      const timer = { at: this.now + delayMs, callback };
      this.#timers.push(timer);
      return { cancel: () => (this.#timers = this.#timers.filter((each) => each !== timer)) };
    },
    microtask: (callback) => callback(),
    nextTurn: (callback) => void this.#turns.push(callback),
    random: () => 0.5,
    randomBytes: (length) => new Uint8Array(length),
    log: silentLog,
  };

  stall(ms: number): void {
    this.now += ms;
  }

  /** `poll` runs between timers and turns: what arrives from the network is read there. */
  advance(ms: number, poll: () => void = () => {}): void {
    for (const end = this.now + ms; this.now < end; this.now = Math.min(end, this.now + 10)) {
      this.runDue(poll);
    }
    this.runDue(poll);
  }

  runDue(poll: () => void): void {
    const due = this.#timers.filter((timer) => timer.at <= this.now);
    this.#timers = this.#timers.filter((timer) => timer.at > this.now);
    for (const { callback } of due) callback();
    for (let round = 0; round < 3; round++) {
      poll();
      for (const callback of this.#turns.splice(0)) callback();
    }
  }
}

describe("the failure detector", () => {
  const options = { intervalMs: 200, suspectAfterMs: 1_000, downAfterMs: 2_650 };
  let time: ManualTime;
  let link: { lastReceivedAt: number; isOpen: boolean };
  let events: string[];
  let detector: FailureDetector;
  let answers: boolean;

  beforeEach(() => {
    time = new ManualTime();
    link = { lastReceivedAt: time.now, isOpen: true };
    events = [];
    answers = true;
    const note = (event: string) => () => {
      if (events.at(-1) !== event) events.push(event);
    };
    detector = new FailureDetector(time.runtime, options, {
      links: () => (link.isOpen ? [link as unknown as Link] : []),
      ping: () => {},
      watch: () => {},
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
  });

  const poll = (): void => {
    if (answers) link.lastReceivedAt = time.now;
  };

  it("says nothing while the peer answers", () => {
    time.advance(60_000, poll);
    expect(events).toEqual([]);
  });

  it("declares a peer that fell silent dead within 3 s, after asking others", () => {
    answers = false;
    time.advance(3_000, poll);
    expect(events).toHaveLength(3);
    expect(events.slice(0, 2)).toEqual(["suspect", "inquire"]);
    expect(Number(events[2]?.replace("down at ", ""))).toBeLessThanOrEqual(3_000);
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
});
