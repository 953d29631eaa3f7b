import { describe, it } from "vitest";
import { expectTranscript } from "../testing/transcript.ts";
import { beginSearch, type PeerSearch, type SearchEffect, type SearchFact, stepSearch } from "./peer-search.ts";

const giveUpAfterMs = 2_650;

/**
 * `begins`: the link broke. `linked`, `refused`, `silent`: how a dial ends. `pause over`. `asked N`: so many members were asked.
 * `answered N`, `answered never`: a member heard the peer N ms ago, or has no link to it. `time is up`: to answer. With `forming`
 * behind it: this node may not judge by silence.
 */
function transcript(text: string): void {
  let search: PeerSearch | undefined;
  const factOf = (what: string): SearchFact => {
    const [verb, word] = what.split(" ");
    switch (verb) {
      case "linked":
      case "refused":
      case "silent":
        return { kind: "dialed", outcome: verb };
      case "pause":
        return { kind: "pauseOver" };
      case "asked":
        return { kind: "asked", count: Number(word) };
      case "answered":
        return { kind: "answered", agoMs: word === "never" ? null : Number(word) };
      case "time":
        return { kind: "inquiryOver" };
      default:
        throw new Error(`what is ${what}?`);
    }
  };
  const described = (effect: SearchEffect): string => {
    if (effect.kind === "dial") return `dial for ${effect.timeoutMs}`;
    return "ms" in effect ? `${effect.kind} ${effect.ms}` : effect.kind;
  };
  expectTranscript(text, (now, what) => {
    const at = { now, mayJudgeSilence: !what.endsWith("forming") };
    const step =
      search === undefined || what === "begins"
        ? beginSearch(now, giveUpAfterMs)
        : stepSearch(search, factOf(what), at);
    search = step.search;
    return step.effect === undefined ? [] : [described(step.effect)];
  });
}

describe("[V12] the search for a peer whose link broke", () => {
  it("ends when it is linked again", () =>
    transcript(`
      0 begins     | dial for 2650
      5 linked     | found
      6 pause over |
      7 asked 1    |
      8 time is up |
    `));

  it("asks the others about an address that refuses, and believes it when none of them hears the peer", () =>
    transcript(`
      0 begins         | dial for 2650
      1 refused        | inquire
      1 asked 3        | wait 40
      5 answered never |
      6 answered 1000  |
      7 answered never | declareDown
      8 answered never |
    `));

  it("believes it when there is nobody to ask, or nobody answers in time", () => {
    transcript(`
      0 begins     | dial for 2650
      1 refused    | inquire
      1 asked 0    | declareDown
    `);
    transcript(`
      0 begins     | dial for 2650
      1 refused    | inquire
      1 asked 2    | wait 40
     41 time is up | declareDown
    `);
  });

  it("goes on while another member hears the peer: one word in the last second is enough, and for one round", () =>
    transcript(`
      0 begins         | dial for 2650
      1 refused        | inquire
      1 asked 2        | wait 40
      2 answered 999   | pause 3
      3 answered never |
      5 pause over     | dial for 2645
      6 refused        | inquire
      6 asked 2        | wait 40
      7 answered never |
     46 time is up     | declareDown
    `));

  it("dials one that is silent again and again, later each time, and asks the others when its time is up", () =>
    transcript(`
       0 begins         | dial for 2650
       1 silent         | pause 3
       4 pause over     | dial for 2646
       5 silent         | pause 6
      11 pause over     | dial for 2639
      12 silent         | pause 12
      24 pause over     | dial for 2626
      25 silent         | pause 25
      50 pause over     | dial for 2600
      51 silent         | pause 50
     101 pause over     | dial for 2549
     102 silent         | pause 100
     202 pause over     | dial for 2448
     203 silent         | pause 200
     403 pause over     | dial for 2247
     404 silent         | pause 400
     804 pause over     | dial for 1846
    2649 silent         | pause 400
    3049 pause over     | dial for 200
    3249 silent         | inquire
    3249 asked 1        | wait 1000
    4249 time is up     | declareDown
    `));

  it("counts no time in which this node stood still, and every shorter delay", () =>
    transcript(`
       0 begins     | dial for 2650
       1 silent     | pause 3
      54 pause over | dial for 2596
      55 silent     | pause 6
    9061 pause over | dial for 2589
    9062 silent     | pause 12
    `));

  it("[Y1] does not judge by silence while this node is forming a cluster, but by a refusal", () => {
    transcript(`
       0 begins            | dial for 2650
    2650 silent            | inquire
    2650 asked 1           | wait 1000
    3650 time is up forming | pause 3
    3653 pause over        | dial for 200
    3853 silent            | inquire
    3853 asked 0 forming   | pause 6
    3859 pause over        | dial for 200
    4059 silent            | inquire
    4059 asked 0           | declareDown
    `);
    transcript(`
       0 begins            | dial for 2650
       1 refused           | inquire
       1 asked 0 forming   | declareDown
    `);
  });

  it("takes no notice of what comes too late for its phase", () =>
    transcript(`
      0 begins         | dial for 2650
      1 answered 5     |
      1 pause over     |
      1 asked 4        |
      1 time is up     |
      2 refused        | inquire
      2 refused        |
      2 answered 5     |
      2 asked 1        | wait 40
      3 asked 1        |
      3 refused        |
      4 answered 999   | pause 3
      4 time is up     |
    `));
});
