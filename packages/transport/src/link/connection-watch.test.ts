import { describe, expect, it } from "vitest";
import { ConnectionWatch } from "./connection-watch.ts";

describe("the watch of a connection", () => {
  it("measures a trip at once, and again every 10 s while something is sent", () => {
    const watch = new ConnectionWatch();
    expect(watch.look(0, 0, 0)).toBe("nothing");
    expect(watch.look(100, 50, 0)).toBe("probe");
    expect(watch.look(150, 50, 0)).toBe("nothing");
    expect(watch.roundTripMs).toBeUndefined();
    watch.heard(50);
    watch.answered(180);
    expect(watch.roundTripMs).toBe(80);

    expect(watch.look(10_179, 60, 0)).toBe("nothing");
    watch.heard(60);
    expect(watch.look(10_180, 60, 0)).toBe("probe");
    watch.heard(60);
    watch.answered(10_180);
    expect(watch.roundTripMs).toBe(70);
    // Nothing was sent since.
    expect(watch.look(30_000, 60, 0)).toBe("nothing");
  });

  it("asks for a sign of life after a second of silence, and takes none in 5 s for death", () => {
    const watch = new ConnectionWatch();
    expect(watch.look(0, 10, 0)).toBe("probe");
    expect(watch.look(999, 10, 0)).toBe("nothing");
    expect(watch.look(1_000, 10, 0)).toBe("probe");
    expect(watch.look(5_010, 10, 0)).toBe("nothing");
    expect(watch.look(5_011, 10, 0)).toBe("dead");
  });

  it("does not take the answer to a later probe for that to one that a busy peer left unanswered", () => {
    const watch = new ConnectionWatch();
    expect(watch.look(0, 10, 0)).toBe("probe");
    // Frames come, the answer does not, and then nothing does.
    watch.heard(20);
    expect(watch.look(4_000, 30, 0)).toBe("nothing");
    expect(watch.look(5_000, 30, 0)).toBe("probe");
    watch.heard(30);
    watch.answered(5_040);
    expect(watch.roundTripMs).toBe(40);
  });

  it("measures again when a probe stays unanswered for 10 s", () => {
    const watch = new ConnectionWatch();
    expect(watch.look(0, 10, 0)).toBe("probe");
    watch.heard(20);
    expect(watch.look(9_999, 20, 0)).toBe("nothing");
    expect(watch.look(10_000, 20, 0)).toBe("probe");
    watch.answered(10_060);
    expect(watch.roundTripMs).toBe(60);
  });

  it("does not take an answer for a trip that was not measured", () => {
    const watch = new ConnectionWatch();
    watch.answered(5);
    expect(watch.roundTripMs).toBeUndefined();
  });
});
