import { Actor } from "@foundation/actor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SessionBench } from "../testing/session-bench.ts";
import { messageKind } from "./message-kind.ts";
import type { RemoteSession } from "./remote-session.ts";

class Sleeper extends Actor {}

describe("watches between two nodes", () => {
  let bench: SessionBench;
  let session: RemoteSession;

  beforeEach(() => {
    bench = new SessionBench();
    session = bench.session;
  });
  afterEach(() => bench.system.stop());

  const watch = (id: number, actorId: number): void =>
    bench.receive(messageKind.watch, (writer) => {
      writer.varint(id);
      writer.varint(actorId);
    });

  it("tells the peer of the end of an actor that it watches, once for each watch", async () => {
    const { ref, id } = bench.exposed();
    watch(1, id);
    watch(2, id);
    watch(2, id);
    expect(session.watches.openHere).toBe(2);
    await bench.system.stopActor(ref, "shutdown");
    expect(bench.sent).toEqual(["down", "down"]);
    expect(session.watches.openHere).toBe(0);
  });

  it("[V12] takes back the watches of the peer when the link is down: its actors' ends are nobody's business there", async () => {
    const { ref, id } = bench.exposed();
    watch(1, id);
    session.closed();
    expect(session.watches.openHere).toBe(0);
    await bench.system.stopActor(ref, "shutdown");
    expect(bench.sent).toEqual([]);
  });

  it("takes back a watch that the peer takes back, and no other", async () => {
    const { ref, id } = bench.exposed();
    watch(1, id);
    watch(2, id);
    bench.receive(messageKind.unwatch, (writer) => writer.varint(1));
    bench.receive(messageKind.unwatch, (writer) => writer.varint(9));
    await bench.system.stopActor(ref, "shutdown");
    expect(bench.sent).toEqual(["down"]);
  });

  it("answers a watch of an actor that is not there, or was never given to others, at once", () => {
    watch(1, 999);
    watch(2, bench.system.cellOf(bench.system.spawn(Sleeper))?.id ?? 0);
    expect(bench.sent).toEqual(["down", "down"]);
    expect(bench.refusals).toMatchObject([{ code: "notExposed" }]);
    expect(session.watches.openHere).toBe(0);
  });
});
