import { Actor } from "@foundation/actor";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createTestSystem } from "../index.ts";

/** Ends when nobody has used it for a while. */
class Session extends Actor {
  readonly #idleMs: number;
  #timer = { cancel: (): void => {} };

  constructor(idleMs: number) {
    super();
    this.#idleMs = idleMs;
  }
  touch(): void {
    this.#timer.cancel();
    this.#timer = this.context.system.runtime.setTimer(this.#idleMs, () => this.context.stop({ shutdown: "idle" }));
  }
  protected override onStop(): void {
    this.#timer.cancel();
  }
}

/** Leaves a timer behind. */
class Careless extends Actor {
  protected override onStart(): void {
    this.context.system.runtime.setTimer(90_000, () => {});
  }
}

class Faulty extends Actor {
  divide(): never {
    throw new RangeError("divided by zero");
  }
  roll(): number {
    return this.context.system.runtime.random();
  }
  keep(value: object): object {
    return value;
  }
}

afterEach(() => void vi.restoreAllMocks());

describe("a test system", () => {
  it("runs hours in no time, to the millisecond", async () => {
    await using test = createTestSystem();
    const probe = test.probe();
    const session = test.system.spawn(Session, { args: [3_600_000] });
    probe.watch(session);
    session.tell.touch();
    await test.time.advance(3_599_999);
    expect(test.system.size).toBe(2);
    session.tell.touch();
    await test.time.advance(3_599_999);
    expect(test.system.size).toBe(2);
    await test.time.advance(1);
    await test.time.settle(probe.expectDown(session, { shutdown: "idle" }));
    expect(test.time.now).toBe(2 * 3_599_999 + 1);
  });

  it("rolls the same dice for the same seed and others for another", async () => {
    const roll = async (seed: number): Promise<number> => {
      await using test = createTestSystem({ seed });
      return await test.time.settle(test.system.spawn(Faulty).ask.roll());
    };
    expect(await roll(1)).toBe(await roll(1));
    expect(await roll(1)).not.toBe(await roll(2));
  });

  it("copies messages as if they travelled, unless told not to", async () => {
    const value = { when: new Date(0) };
    await using test = createTestSystem();
    const copy = await test.time.settle(test.system.spawn(Faulty).ask.keep(value));
    expect(copy).toEqual(value);
    expect(copy).not.toBe(value);
    expect(() => test.probe().ref.send({ f: () => 1 })).toThrow(expect.objectContaining({ code: "notSerializable" }));
    await using near = createTestSystem({ simulateRemote: false });
    expect(await near.time.settle(near.system.spawn(Faulty).ask.keep(value))).toBe(value);
  });

  it("says what left a timer behind, with the line that set it", async () => {
    const test = createTestSystem();
    test.system.spawn(Careless);
    await expect(test.stop()).rejects.toThrow(
      /after its end test has left\n {2}a timer of 90000 ms set at Careless\.onStart .*test-system\.test\.ts:\d+/,
    );
  });

  it("stops in order without a word when nothing is left, and only once", async () => {
    const test = createTestSystem();
    test.system.spawn(Session, { args: [10] }).tell.touch();
    await test.time.advance(0);
    await test.stop();
    await test.stop();
    expect(test.system.size).toBe(0);
  });

  it("prints a crash with the place where it was thrown", async () => {
    const printed: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => printed.push(String(text)) > 0);
    await using test = createTestSystem();
    test.system.spawn(Faulty).tell.divide();
    await test.time.advance(12);
    expect(printed.join("")).toMatch(
      /^0\.0 ms error actor crashed {2}actor=Faulty {2}id=1 {2}in=divide\n {15}RangeError: divided by zero\n {17}at Faulty\.divide .*test-system\.test\.ts/m,
    );
  });

  it("prints nothing when it is to be silent, and shows the log where a wait fails", async () => {
    const write = vi.spyOn(process.stderr, "write");
    await using test = createTestSystem({ logLevel: "silent" });
    test.system.spawn(Faulty).tell.divide();
    await expect(test.time.until(() => false, 1_000)).rejects.toThrow(
      /did not hold within 1000 virtual ms[\s\S]*test at 1000\.0 ms: 0 actors, 0 timers[\s\S]*divided by zero/,
    );
    await expect(test.time.settle(new Promise(() => {}), 5)).rejects.toThrow("did not settle within 5 virtual ms");
    expect(write).not.toHaveBeenCalled();
  });
});
