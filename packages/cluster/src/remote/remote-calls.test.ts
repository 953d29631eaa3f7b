import { Actor, systemRuntime } from "@foundation/actor";
import { Codec } from "@foundation/transport";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { asker, SessionBench } from "../testing/session-bench.ts";
import { messageKind } from "./message-kind.ts";
import { priorityByte } from "./priority-byte.ts";
import { RemoteAnswers } from "./remote-answers.ts";
import type { RemoteSession } from "./remote-session.ts";

describe("calls between two nodes", () => {
  let bench: SessionBench;
  let session: RemoteSession;

  beforeEach(() => {
    bench = new SessionBench();
    session = bench.session;
  });
  afterEach(() => bench.system.stop());

  const refuse = (id: number): void =>
    bench.receive(messageKind.refused, (writer) => {
      writer.varint(id);
      writer.string("noproc");
      writer.string("gone");
    });

  it("[V12] does not keep an ask open that was handed back: the end of the link is not its end as well", () => {
    const told: string[] = [];
    session.calls.request(7, "work", [], undefined, asker(told));
    expect(session.calls.open).toBe(1);
    refuse(1);
    expect(session.calls.open).toBe(0);
    session.closed();
    expect(told).toEqual(["refused noproc"]);
  });

  it("drops and counts a second answer, and one to nothing that was asked", () => {
    const told: string[] = [];
    session.calls.request(7, "work", [], undefined, asker(told));
    refuse(1);
    refuse(1);
    refuse(9);
    expect(told).toEqual(["refused noproc"]);
    expect(session.droppedAnswers).toBe(2);
  });

  it("makes no answer for a peer that is gone", () => {
    let looks = 0;
    const answer = {
      get text() {
        looks++;
        return "done";
      },
    };
    const answers = new RemoteAnswers(bench.wire, systemRuntime());
    answers.replyTo(1, "control", 0).succeed(answer);
    expect([bench.sent, looks]).toEqual([["result"], 1]);
    bench.isOpen = false;
    answers.replyTo(2, "control", 0).succeed(answer);
    expect([bench.sent, looks]).toEqual([["result"], 1]);
  });

  it("says why it did not take a message of the peer: its actor has no room, or knows no such method", () => {
    class Narrow extends Actor {
      work(): void {}
    }
    const ref = bench.system.spawn(Narrow, { mailbox: { capacity: 1 } });
    const cell = bench.system.cellOf(ref);
    if (cell === undefined) throw new Error("it lives");
    cell.isExposed = true;
    const tell = (method: string): void =>
      bench.receive(messageKind.tell, (writer) => {
        writer.varint(cell.id);
        writer.u8(priorityByte(undefined));
        writer.string(method);
        new Codec().encode([], writer);
      });
    tell("work");
    expect(bench.refusals).toEqual([]);
    tell("work");
    tell("nothing");
    expect(bench.refusals.map(({ method, code }) => [method, code])).toEqual([
      ["work", "overloaded"],
      ["nothing", "badMessage"],
    ]);
  });

  it("says how long an asker of the peer still waits, which may be for ever", () => {
    let now = 5_000;
    const answers = new RemoteAnswers(bench.wire, { now: () => now });
    const [patient, hasty] = [answers.replyTo(1, "control", 0), answers.replyTo(2, "control", 100)];
    now += 70;
    expect([patient.timeLeftMs(), hasty.timeLeftMs()]).toEqual([Number.POSITIVE_INFINITY, 30]);
    now += 70;
    expect(hasty.timeLeftMs()).toBe(0);
  });
});
