import { describe, it } from "vitest";
import { expectTranscript } from "../testing/transcript.ts";
import { noSilence, type SilenceFact, stepSilence } from "./silence.ts";

const options = { intervalMs: 200, suspectAfterMs: 1_000, downAfterMs: 2_650 };

/**
 * `hears`: bytes of the peer come. `ticks`, `ticks, N late`: an interval is over. `judges`, `judges late`: the verdict is due.
 * `vouched N`: another member heard of the peer N ms ago.
 */
function transcript(text: string): void {
  let silence = noSilence;
  let heardAt = 0;
  const factOf = (what: string): SilenceFact => {
    const [verb = "", number] = what.split(/,? /);
    if (verb === "ticks") return { kind: "tick", heardAt, stalledMs: Number(number ?? 0) };
    if (verb === "judges") return { kind: "verdict", heardAt, isLate: number === "late" };
    if (verb === "vouched") return { kind: "vouched", agoMs: Number(number) };
    throw new Error(`what is ${what}?`);
  };
  expectTranscript(text, (now, what) => {
    if (what === "hears") {
      heardAt = now;
      return [];
    }
    const step = stepSilence(silence, factOf(what), { now, options });
    silence = step.silence;
    return step.effects.map((effect) => (effect.kind === "judgeIn" ? `judge in ${effect.delayMs}` : effect.kind));
  });
}

describe("the silence of a peer", () => {
  it("is none while it says something in half an interval, and ended by what it says after a ping", () =>
    transcript(`
        0 hears  |
       99 ticks  |
      100 ticks  | ping
      101 hears  |
      200 ticks  |
      201 ticks  | ping
      401 ticks  | ping
      402 hears  |
      601 ticks  | ping
    `));

  it("is measured from the first unanswered ping, and ends in a verdict", () =>
    transcript(`
        0 hears  |
      200 ticks  | ping
      400 ticks  | ping
     1199 ticks  | ping
     1200 ticks  | ping, suspect, inquire
     1400 ticks  | ping, inquire
     2649 ticks  | ping, inquire
    `));

  it("has its verdict prepared within the last interval, and at the limit, not before it", () =>
    transcript(`
        0 hears  |
      200 ticks  | ping
     2600 ticks  | ping, suspect, inquire
     2650 ticks  | ping, inquire, judge in 200
     2849 judges |
     2850 judges | declareDown
     2900 ticks  | ping, inquire, judge in 0
     2900 judges | declareDown
    `));

  it("of a suspect that answers is over: at the tick, or when what it sent is read before the verdict", () =>
    transcript(`
        0 hears  |
      200 ticks  | ping
     1200 ticks  | ping, suspect, inquire
     1250 hears  |
     1400 ticks  | trust, ping
     2400 ticks  | ping, suspect, inquire
     3900 ticks  | ping, inquire, judge in 150
     4049 hears  |
     4050 judges | trust
     4051 judges |
    `));

  it("[V6] is none of the time in which this node stood still", () =>
    transcript(`
        0 hears  |
      200 ticks  | ping
     1100 ticks, 400 late | ping
     1599 ticks  | ping
     1600 ticks  | ping, suspect, inquire
    12600 ticks, 10000 late | ping, inquire
    13049 ticks  | ping, inquire
    `));

  it("[V6] ends in no verdict in a turn that came late: what came meanwhile is not read yet", () =>
    transcript(`
        0 hears  |
      200 ticks  | ping
     2700 ticks  | ping, suspect, inquire, judge in 150
     9000 judges late |
     9001 hears  |
     9002 ticks, 6102 late | trust
     9003 judges |
    `));

  it("[V12] ends the link alone while another member has heard the peer in the last second", () =>
    transcript(`
        0 hears  |
      200 ticks  | ping
     2700 ticks  | ping, suspect, inquire, judge in 150
     2701 vouched 999 |
     2850 judges | giveUp
     3700 judges | giveUp
     3701 judges | declareDown
    `));

  it("[V12] is not vouched for by a member that heard the peer a second ago, whatever it said before", () =>
    transcript(`
        0 hears  |
      200 ticks  | ping
     1900 vouched 10 |
     2700 ticks  | ping, suspect, inquire, judge in 150
     2850 vouched 1000 |
     2900 judges | declareDown
    `));
});
