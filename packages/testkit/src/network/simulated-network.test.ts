import type { Connection, PeerAddress } from "@foundation/transport";
import { beforeEach, describe, expect, it } from "vitest";
import { SeededRandom } from "../world/seeded-random.ts";
import { SimulatedRuntime } from "../world/simulated-runtime.ts";
import { VirtualTime } from "../world/virtual-time.ts";
import { aliasOf, SimulatedNetwork } from "./simulated-network.ts";

/** One end of a connection, and what became of it. */
interface End {
  readonly connection: Connection;
  readonly frames: string[];
  closed: number | undefined;
}

function watch(connection: Connection): End {
  const end: End = { connection, frames: [], closed: undefined };
  connection.attach({
    onFrame: (frame) => void end.frames.push(Buffer.from(frame).toString()),
    onDrain: () => {},
    onClose: (code) => {
      end.closed = code;
    },
  });
  return end;
}

const say = ({ connection }: End, ...texts: string[]): void => {
  for (const text of texts) connection.send(Buffer.from(text));
};

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `frame ${index}`);

describe("the simulated network", () => {
  let time: VirtualTime;
  let network: SimulatedNetwork;
  let accepted: End[];
  let processes: Record<"a" | "b", SimulatedRuntime>;
  let door: PeerAddress;

  const runtime = (): SimulatedRuntime => new SimulatedRuntime(time, new SeededRandom(1), () => {});

  async function settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const end = (): void => {
      isSettled = true;
    };
    promise.then(end, end);
    expect(await time.until(() => isSettled, 60_000)).toBe(true);
    return promise;
  }

  const dial = (address: PeerAddress = door): Promise<Connection> =>
    settle(network.transport("a", processes.a).dial(address, { timeoutMs: 5_000 }));

  async function pair(): Promise<[End, End]> {
    const before = accepted.length;
    const dialed = watch(await dial());
    await time.until(() => accepted.length > before, 1_000);
    return [dialed, accepted[before] as End];
  }

  async function serve(): Promise<void> {
    const listener = await network
      .transport("b", processes.b)
      .listen({ host: "b", port: 0 }, (connection) => void accepted.push(watch(connection)));
    door = listener.address;
  }

  beforeEach(async () => {
    time = new VirtualTime();
    network = new SimulatedNetwork(time, new SeededRandom(7), () => {});
    accepted = [];
    processes = { a: runtime(), b: runtime() };
    await serve();
  });

  it("resets connections at any byte: each end gets the first part of what was on its way, and an end", async () => {
    const lengths = new Set<number>();
    for (let round = 0; round < 20; round++) {
      const [dialed, served] = await pair();
      say(dialed, ...numbers(10));
      network.cut("a", "b");
      say(dialed, "too late");
      await time.advance(100);
      expect(served.frames).toEqual(numbers(10).slice(0, served.frames.length));
      expect([dialed.closed, served.closed]).toEqual([1006, 1006]);
      lengths.add(served.frames.length);
    }
    expect(lengths.size).toBeGreaterThan(3);
  });

  it("resets the connection that carries a certain byte, in the middle of its frame", async () => {
    const [first, served] = await pair();
    const [other, spared] = await pair();
    network.resetAfter("a", "b", 20);
    say(first, "12345678", "12345678", "12345678", "12345678");
    say(other, "12345678");
    await time.advance(100);
    expect(served.frames).toEqual(["12345678", "12345678"]);
    expect([first.closed, served.closed]).toEqual([1006, 1006]);
    expect(spared).toMatchObject({ frames: ["12345678"], closed: undefined });
  });

  it("loses connections without a word, and carries new ones", async () => {
    const [dialed, served] = await pair();
    network.sever("a", "b");
    say(dialed, "into the void");
    say(served, "into the void");
    await time.advance(600_000);
    expect([dialed.frames, served.frames, dialed.closed, served.closed]).toEqual([[], [], undefined, undefined]);
    const [again, heard] = await pair();
    say(again, "hello");
    await time.advance(100);
    expect(heard.frames).toEqual(["hello"]);
  });

  it("says nothing of a host that lost its power, and resets what is sent to it once it runs again", async () => {
    const [dialed, served] = await pair();
    say(served, "last words");
    processes.b.die();
    network.powerLost("b", processes.b);
    say(dialed, "are you there?");
    await time.advance(60_000);
    expect(dialed).toMatchObject({ frames: ["last words"], closed: undefined });
    await expect(dial()).rejects.toMatchObject({ code: "timeout" });
    processes.b = runtime();
    network.powerOn("b");
    await time.advance(1_000);
    expect(dialed.closed).toBe(1006);
    await expect(dial()).rejects.toMatchObject({ code: "connectionRefused" });
  });

  it("tells the others of a process that was killed, on a host that goes on refusing", async () => {
    const [dialed] = await pair();
    processes.b.die();
    network.processDied(processes.b);
    await time.advance(100);
    expect(dialed.closed).toBe(1006);
    await expect(dial()).rejects.toMatchObject({ code: "connectionRefused" });
  });

  it("lets connections overtake each other, and never the frames of one", async () => {
    network.setPath({ spreadMs: 100, jitterMs: 50 });
    const order: string[] = [];
    let overtaken = 0;
    for (let round = 0; round < 10; round++) {
      const [first, atFirst] = await pair();
      const [second, atSecond] = await pair();
      say(first, ...numbers(5));
      say(second, ...numbers(5));
      await time.until(() => atFirst.frames.length === 5 || atSecond.frames.length === 5, 1_000);
      if (atSecond.frames.length > atFirst.frames.length) overtaken++;
      await time.advance(1_000);
      order.push(atFirst.frames.join(), atSecond.frames.join());
    }
    expect(new Set(order)).toEqual(new Set([numbers(5).join()]));
    expect(overtaken).toBeGreaterThan(0);
    expect(overtaken).toBeLessThan(10);
  });

  it("shares a narrow way between its connections, frame by frame", async () => {
    const [bulk, atBulk] = await pair();
    const [small, atSmall] = await pair();
    network.setPath({ bytesPerMs: 10, jitterMs: 0 }, "a", "b");
    const startedAt = time.now;
    say(bulk, ...Array.from({ length: 10 }, () => "x".repeat(1_000)));
    say(small, "y".repeat(10));
    expect(bulk.connection.bufferedBytes).toBe(10_000);
    await time.until(() => atSmall.frames.length === 1, 10_000);
    expect(atBulk.frames.length).toBeLessThanOrEqual(1);
    await time.until(() => atBulk.frames.length === 10, 10_000);
    expect(time.now - startedAt).toBeCloseTo(1_001, -1);
    expect(bulk.connection.bufferedBytes).toBe(0);
  });

  it("repeats a dial until it is answered, and each way can be blocked on its own", async () => {
    network.block("b", "a");
    time.schedule(1_500, () => network.unblockAll());
    const startedAt = time.now;
    const dialed = watch(await dial());
    expect(time.now - startedAt).toBeGreaterThan(2_900);
    say(dialed, "hello");
    await time.advance(100);
    expect(accepted.map(({ frames }) => frames)).toEqual([["hello"]]);
  });

  it("knows each host by a second name", async () => {
    watch(await dial({ host: aliasOf("b"), port: door.port }));
    await time.advance(10);
    expect(accepted).toHaveLength(1);
    expect(accepted[0]?.connection.remoteHost).toBe("a");
  });
});

describe("a process that stood still", () => {
  /** Due while it stands still, in this order: a timer, input, another timer. */
  async function happenedAfter(kind: "paused" | "stalled", seed: number): Promise<string> {
    const time = new VirtualTime();
    const process = new SimulatedRuntime(time, new SeededRandom(seed), () => {});
    const happened: string[] = [];
    process.setTimer(10, () => happened.push("timer 10"));
    process.setTimer(30, () => happened.push("timer 30"));
    time.schedule(20, () => process.run(() => happened.push("input 20")));
    time.schedule(25, () => process.nextTurn(() => happened.push("turn 25")));
    process.standStill(kind);
    await time.advance(100);
    expect(happened).toEqual([]);
    process.resume();
    await time.advance(0);
    return happened.join(", ");
  }

  it("reads its input first after a pause", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      expect(await happenedAfter("paused", seed)).toBe("input 20, turn 25, timer 10, timer 30");
    }
  });

  it("goes on in any phase after a stall", async () => {
    const orders = new Set<string>();
    for (let seed = 1; seed <= 30; seed++) orders.add(await happenedAfter("stalled", seed));
    expect([...orders].sort()).toEqual([
      "input 20, turn 25, timer 10, timer 30",
      "timer 10, timer 30, input 20, turn 25",
      "turn 25, timer 10, timer 30, input 20",
    ]);
  });
});
