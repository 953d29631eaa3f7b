import { describe, expect, it } from "vitest";
import { ConnectionWatch } from "./connection-watch.ts";

/** A watch whose round trip was measured at 0, so that the next 10 s of probes ask for signs of life. */
function measured(): ConnectionWatch {
  const watch = new ConnectionWatch();
  expect(watch.look(0, 10, 0)).toBe("probe");
  watch.heard(10);
  watch.answered(0);
  return watch;
}

describe("[V6] a connection that is silent", () => {
  it("is asked for a sign of life each time that it falls silent, once a silence", () => {
    const watch = measured();
    for (const [round, begin] of [1_000, 3_000, 5_000].entries()) {
      const sent = 20 + 10 * round;
      expect(watch.look(begin, sent, 0)).toBe("nothing");
      expect(watch.look(begin + 999, sent, 0)).toBe("nothing");
      expect(watch.look(begin + 1_000, sent, 0), `silence ${round + 1}`).toBe("probe");
      expect(watch.look(begin + 1_500, sent, 0)).toBe("nothing");
      watch.heard(sent);
      watch.answered(begin + 1_600);
      expect(watch.look(begin + 1_700, sent, 0)).toBe("nothing");
    }
  });

  it("is not blamed for the time in which this process stood still", () => {
    const watch = measured();
    expect(watch.look(1_000, 20, 0)).toBe("nothing");
    expect(watch.look(2_000, 20, 0)).toBe("probe");
    // An hour of stall: then as much silence as before is left to it.
    expect(watch.look(3_602_000, 20, 3_600_000)).toBe("nothing");
    expect(watch.look(3_606_010, 20, 0)).toBe("nothing");
    expect(watch.look(3_606_011, 20, 0)).toBe("dead");
  });

  it("has a millisecond more for each byte that waits to be acknowledged", () => {
    const watch = measured();
    expect(watch.look(1_000, 1_010, 0)).toBe("nothing");
    expect(watch.look(2_000, 1_010, 0)).toBe("probe");
    expect(watch.look(7_000, 1_010, 0)).toBe("nothing");
    expect(watch.look(7_001, 1_010, 0)).toBe("dead");
  });

  it("owes nothing while nothing was sent on it", () => {
    const watch = measured();
    expect(watch.look(1_000_000, 10, 0)).toBe("nothing");
    expect(watch.look(2_000_000, 10, 0)).toBe("nothing");
  });
});
