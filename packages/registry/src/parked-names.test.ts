import { Deadlines } from "@foundation/actor/spi";
import { beforeEach, describe, expect, it } from "vitest";
import { ManualTime } from "../../actor/src/testing/manual-time.ts";
import { parkedInAllMax, parkedMax } from "./parked-messages.ts";
import { ParkedNames } from "./parked-names.ts";

describe("names that messages wait for", () => {
  let time: ManualTime;
  let deadlines: Deadlines;
  let parked: ParkedNames;
  let givenUp: number;

  beforeEach(() => {
    time = new ManualTime();
    deadlines = new Deadlines(time.runtime);
    parked = new ParkedNames(deadlines);
    givenUp = 0;
  });

  const park = (name: string): (() => void) =>
    parked.park(name, { send: () => {}, giveUp: () => void givenUp++, hasDeadline: false, content: ["hello"] });
  const state = (): number[] => [parked.messages, parked.size, parked.bytes, deadlines.size];

  it.each([10, 1_000, parkedMax])("are forgotten with the last of %i messages", (count) => {
    for (let at = 0; at < count; at++) park("counter");
    expect(state()).toEqual([count, 1, 21 * count, count]);
    time.advance(6_000);
    expect([givenUp, ...state()]).toEqual([count, 0, 0, 0, 0]);
  });

  it.each([10, 1_000, parkedInAllMax])("are forgotten with the messages of %i of them", (count) => {
    const back = Array.from({ length: count }, (_, at) => park(`name ${at}`));
    expect(state()).toEqual([count, count, 21 * count, count]);
    for (const takeBack of back.slice(0, count / 2)) takeBack();
    expect(state().slice(0, 3)).toEqual([count / 2, count / 2, (21 * count) / 2]);
    parked.abandon(`name ${count - 1}`);
    expect(parked.has(`name ${count - 1}`)).toBe(false);
    parked.abandonAll();
    expect([givenUp, ...state().slice(0, 3)]).toEqual([count / 2, 0, 0, 0]);
  });

  it("are not remembered when their first message was refused", () => {
    for (let at = 0; at < parkedInAllMax; at++) park(`name ${at % 10}`);
    for (let at = 0; at < 1_000; at++) expect(() => park(`late ${at}`)).toThrow("100000 messages wait for names");
    expect(state().slice(0, 2)).toEqual([parkedInAllMax, 10]);
    expect([...parked.names()]).toEqual(Array.from({ length: 10 }, (_, at) => `name ${at}`));
  });
});
