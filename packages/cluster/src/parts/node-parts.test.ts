import { type ActorCell, createLog, type LogEvent } from "@foundation/actor";
import { StormLog } from "@foundation/actor/spi";
import { beforeEach, describe, expect, it } from "vitest";
import type { Member } from "../view/member.ts";
import type { NodePart } from "./node-part.ts";
import { NodeParts } from "./node-parts.ts";

const member: Member = {
  nodeId: "b",
  incarnation: 1,
  address: { host: "b", port: 1 },
  status: "up",
  isSelf: false,
};

describe("the parts of a node", () => {
  let parts: NodeParts;
  let said: string[];
  let logged: LogEvent[];

  beforeEach(() => {
    said = [];
    logged = [];
    parts = new NodeParts(
      new StormLog(
        createLog((event) => void logged.push(event), "debug"),
        () => 0,
      ),
    );
  });

  /** A part that notes each hook that is called, and does `more` in them. */
  const noting = (name: string, more: () => void = () => {}): NodePart => {
    const note =
      (hook: string) =>
      (...[first]: readonly unknown[]): void => {
        said.push(`${name} ${hook}${typeof first === "number" ? ` ${first}` : ""}`);
        more();
      };
    return {
      name,
      joined: note("joined"),
      memberUp: note("up"),
      memberLinked: note("linked"),
      memberChanged: note("changed"),
      memberDown: (_member, reason) => note(`down, ${reason}`)(),
      selfRenewed: note("renewed"),
      actorEnded: note("actor"),
      learned: note("learned"),
      leave: async (timeoutMs) => note("leave")(timeoutMs),
      stop: note("stop"),
    };
  };

  it("are told in the order in which they were added", () => {
    parts.add(noting("names"));
    parts.add(noting("singletons"));
    for (const kind of ["memberUp", "memberLinked", "memberSuspect", "memberTrusted", "memberLeaving"] as const)
      parts.memberChanged({ kind, member });
    parts.memberChanged({ kind: "memberDown", member, reason: "dead", why: undefined });
    parts.memberChanged({ kind: "selfRenewed", member });
    parts.joined();
    parts.learned();
    parts.actorEnded({} as ActorCell);
    const hooks = [
      "up",
      "linked",
      "changed",
      "changed",
      "changed",
      "down, dead",
      "renewed",
      "joined",
      "learned",
      "actor",
    ];
    expect(said).toEqual(hooks.flatMap((hook) => [`names ${hook}`, `singletons ${hook}`]));
  });

  it("leave and stop the other way round, one after the other", async () => {
    const waiting = Promise.withResolvers<void>();
    parts.add(noting("names"));
    parts.add({ ...noting("singletons"), leave: () => waiting.promise });
    const left = parts.leave(70);
    await Promise.resolve();
    expect(said).toEqual([]);
    waiting.resolve();
    await left;
    parts.stop();
    expect(said).toEqual(["names leave 70", "singletons stop", "names stop"]);
  });

  it("leave and stop whatever becomes of the others, and the first failure is told", async () => {
    const fail = (text: string) => (): never => {
      throw new Error(text);
    };
    parts.add(noting("names"));
    parts.add({ name: "groups", leave: async () => fail("second")(), stop: fail("stop") });
    parts.add({ name: "singletons", leave: async () => fail("first")() });
    await expect(parts.leave(1)).rejects.toThrow("first");
    parts.stop();
    expect(said).toEqual(["names leave 1", "names stop"]);
    expect(logged.map(({ event }) => event)).toEqual(["a listener threw"]);
  });

  it("need no hooks, and are refused what are none", () => {
    parts.add({ name: "nothing" });
    parts.memberChanged({ kind: "memberUp", member });
    parts.stop();
    expect(() => parts.add({ name: "odd", memberup: () => {} } as NodePart)).toThrow("memberup");
  });

  it("all know before the program is told, which hears of everything in the order in which it happened", () => {
    parts.add(noting("names", () => parts.tellProgram(() => said.push("program: freed"))));
    parts.add(noting("singletons"));
    parts.before(() => {
      parts.memberChanged({ kind: "memberDown", member, reason: "dead", why: undefined });
      parts.tellProgram(() => said.push("program: down"));
    });
    expect(said).toEqual(["names down, dead", "singletons down, dead", "program: freed", "program: down"]);
  });

  it("are told at once of what the program does about it, and the program of that after all else", () => {
    parts.add(noting("names"));
    parts.before(() => {
      parts.tellProgram(() => {
        said.push("program: first");
        parts.before(() => {
          parts.memberChanged({ kind: "memberLeaving", member });
          parts.tellProgram(() => said.push("program: third"));
        });
      });
      parts.tellProgram(() => said.push("program: second"));
    });
    expect(said).toEqual(["program: first", "names changed", "program: second", "program: third"]);
  });

  it("that throw end what was under way, and the program hears of what had happened", () => {
    parts.add({
      name: "broken",
      memberUp: () => {
        throw new Error("broken");
      },
    });
    const up = (): void => {
      parts.tellProgram(() => said.push("program"));
      parts.memberChanged({ kind: "memberUp", member });
    };
    expect(() => parts.before(up)).toThrow("broken");
    expect(said).toEqual(["program"]);
    parts.tellProgram(() => said.push("later"));
    expect(said).toEqual(["program", "later"]);
  });
});
