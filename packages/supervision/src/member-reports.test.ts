import { beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../actor/src/testing/manual-time.ts";
import { MemberReports } from "./member-reports.ts";

describe("what a member says it knows", () => {
  let time: ManualTime;
  let reports: MemberReports;
  let complete: string[];
  let hasNames: boolean;

  beforeEach(() => {
    time = new ManualTime();
    complete = [];
    hasNames = true;
    reports = new MemberReports({
      runtime: time.runtime,
      hasNamesOf: () => hasNames,
      complete: (nodeId) => void complete.push(nodeId),
    });
  });

  it("is complete when it has told all and its names are here, whichever comes first, and once", () => {
    reports.linked("b");
    hasNames = false;
    reports.told("b");
    expect(complete).toEqual([]);
    hasNames = true;
    reports.namesCame("b");
    reports.namesCame("b");
    reports.told("b");
    expect([complete, time.pending]).toEqual([["b"], 0]);
    reports.linked("c");
    reports.namesCame("c");
    expect(complete).toEqual(["b"]);
    reports.told("c");
    expect(complete).toEqual(["b", "c"]);
  });

  it("is waited for no longer than two seconds, which begin anew with each link", () => {
    reports.linked("b");
    time.advance(1_500);
    reports.linked("b");
    time.advance(1_999);
    expect(complete).toEqual([]);
    time.advance(1);
    expect(complete).toEqual(["b"]);
    reports.told("b");
    expect(complete).toEqual(["b"]);
  });

  it("is told anew on a new link: what it had told on the last one is not all", () => {
    hasNames = false;
    reports.linked("b");
    reports.told("b");
    reports.linked("b");
    hasNames = true;
    reports.namesCame("b");
    expect(complete).toEqual([]);
  });

  it("is not waited for when it is gone, or this node stops", () => {
    reports.linked("b");
    reports.linked("c");
    reports.gone("b");
    reports.stop();
    reports.told("b");
    reports.told("c");
    time.advance(5_000);
    expect([complete, time.pending]).toEqual([[], 0]);
  });
});
