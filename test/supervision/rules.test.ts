import type { AutoShutdown, Restart, Strategy } from "@foundation/actor";
import { describe, expect, it } from "vitest";
import type { Ending, WorkerSpec } from "./supervision-case.ts";
import { ends, supervisor, type Timed, told, worker } from "./told.ts";

/*
 * The rules of OTP's supervisors as tables. A line is what somebody told: `start w`, `stop w` (on being asked to), `fail w`
 * (a start), `end s reason` (of a supervisor), `report s event child` (in the words of supervisor.erl), and after each step
 * the children of each supervisor, `-w` for one that does not run, and how many actors live.
 */

const restartTypes: readonly Restart[] = ["permanent", "transient", "temporary"];
const endings: readonly Ending[] = ["normal", "shutdown", "shutdownDetail", "crash", "kill"];
const strategies: readonly Strategy[] = ["oneForOne", "oneForAll", "restForOne"];

/** Who is started again. `kept`: the spec stays, for `restartChild`. */
const fates: Record<Restart, Record<Ending, "restarted" | "kept" | "forgotten">> = {
  permanent: {
    normal: "restarted",
    shutdown: "restarted",
    shutdownDetail: "restarted",
    crash: "restarted",
    kill: "restarted",
  },
  transient: { normal: "kept", shutdown: "kept", shutdownDetail: "kept", crash: "restarted", kill: "restarted" },
  temporary: {
    normal: "forgotten",
    shutdown: "forgotten",
    shutdownDetail: "forgotten",
    crash: "forgotten",
    kill: "forgotten",
  },
};

/** What a restart of w, between a and z, does to all three. */
const groups: Record<Strategy, readonly string[]> = {
  oneForOne: ["start w"],
  oneForAll: ["stop z", "stop a", "start a", "start w", "start z"],
  restForOne: ["stop z", "start w", "start z"],
};

/** Whose end is worth a report: a crash, and any end of somebody who should live for ever. */
const isReported = (restart: Restart, ending: Ending): boolean =>
  restart === "permanent" || ending === "crash" || ending === "kill";

const everyCase = strategies.flatMap((strategy) =>
  restartTypes.flatMap((restart) =>
    endings.map((ending) => [strategy, restart, ending, fates[restart][ending]] as const),
  ),
);

describe("the end of a child", () => {
  it.each(everyCase)("[A1] %s, %s, %s: the child is %s", async (strategy, restart, ending, fate) => {
    const tree = supervisor("s", [worker("a"), worker("w", { restart }), worker("z")], { strategy });
    const [, lines] = await told(tree, ends("s", ["w", ending]));
    const report = isReported(restart, ending) ? ["report s child_terminated w"] : [];
    const living = {
      restarted: ["s: a w z", "4 live"],
      kept: ["s: a -w z", "3 live"],
      forgotten: ["s: a z", "3 live"],
    };
    expect(lines).toEqual([...report, ...(fate === "restarted" ? groups[strategy] : []), ...living[fate]]);
  });

  it.each<[Strategy, string[]]>([
    ["oneForAll", ["stop z", "stop t", "stop a", "start a", "start w", "start z", "s: a w z"]],
    ["restForOne", ["stop z", "stop t", "start w", "start z", "s: a w z"]],
  ])("[A4] %s: temporary siblings are stopped and forgotten", async (strategy, expected) => {
    const children = [worker("a"), worker("w"), worker("t", { restart: "temporary" }), worker("z")];
    const [, lines] = await told(supervisor("s", children, { strategy }), ends("s", ["w", "crash"]));
    expect(lines).toEqual(["report s child_terminated w", ...expected, "4 live"]);
  });

  it("[A1] two ends at once under oneForAll are one restart: who is gone already cannot end again", async () => {
    const tree = supervisor("s", [worker("a"), worker("w")], { strategy: "oneForAll", intensity: 1 });
    const [, lines] = await told(tree, ends("s", ["a", "crash"], ["w", "crash"]));
    expect(lines).toEqual([
      "report s child_terminated a",
      "report s shutdown_error w",
      ...["start a", "start w", "s: a w", "3 live"],
    ]);
  });

  it("[A1] a group restart also starts who had been terminated, or had ended for good, as in OTP", async () => {
    const children = [worker("w"), worker("x"), worker("y", { restart: "transient" })];
    const terminate: Timed = { kind: "terminateChild", supervisor: "s", id: "x" };
    const tree = supervisor("s", children, { strategy: "oneForAll" });
    const [, , , lines] = await told(tree, terminate, ends("s", ["y", "normal"]), ends("s", ["w", "crash"]));
    expect(lines).toEqual(["report s child_terminated w", "start w", "start x", "start y", "s: w x y", "4 live"]);
  });
});

describe("intensity", () => {
  it.each<[intensity: number, periodSeconds: number, crashes: number[], survives: boolean]>([
    [0, 5, [1], false],
    [1, 5, [1], true],
    [1, 5, [1, 5], false],
    // Exactly as old as the period: still counts.
    [1, 5, [1, 6], false],
    [1, 5, [1, 7], true],
    [3, 5, [1, 2, 3], true],
    [3, 5, [1, 2, 3, 4], false],
    [3, 5, [1, 2, 3, 7, 8], true],
    [3, 5, [1, 2, 3, 7, 8, 8], false],
  ])("[A2] %i restarts in %i s, crashes at seconds %j: survives %s", async (intensity, seconds, crashes, survives) => {
    const tree = supervisor("s", [worker("w")], { intensity, periodMs: seconds * 1_000 });
    const parts = await told(tree, ...crashes.map((at): Timed => [at, ends("s", ["w", "crash"])]));
    const gaveUp = ["report s child_terminated w", "report s shutdown w", "end s shutdown", "0 live"];
    expect(parts[crashes.length]).toEqual(
      survives ? ["report s child_terminated w", "start w", "s: w", "2 live"] : gaveUp,
    );
  });

  it.each<[failures: number, expected: string[]]>([
    [1, ["fail w", "report s start_error w", "start w", "s: w", "2 live"]],
    [
      2,
      [...["fail w", "report s start_error w"], ...["fail w", "report s start_error w"], "start w", "s: w", "2 live"],
    ],
    [
      3,
      [
        ...["fail w", "report s start_error w", "fail w", "report s start_error w", "fail w", "report s start_error w"],
        ...["report s shutdown w", "end s shutdown", "0 live"],
      ],
    ],
  ])("[A2] a start that fails %i times counts each time, of 3", async (times, expected) => {
    const [, , lines] = await told(
      supervisor("s", [worker("w")], { intensity: 3 }),
      { kind: "failStarts", id: "w", times },
      ends("s", ["w", "crash"]),
    );
    expect(lines).toEqual(["report s child_terminated w", ...expected]);
  });

  it.each<[Strategy, string[]]>([
    [
      "oneForAll",
      ["stop z", "stop a", "start a", "fail w", "report s start_error w", "stop a", "start a", "start w", "start z"],
    ],
    ["restForOne", ["stop z", "fail w", "report s start_error w", "start w", "start z"]],
  ])("[A2] %s: a group whose restart fails is restarted from who failed, counted twice", async (strategy, expected) => {
    const tree = supervisor("s", [worker("a"), worker("w"), worker("z")], { strategy, intensity: 2 });
    const [, , lines] = await told(tree, { kind: "failStarts", id: "w", times: 1 }, ends("s", ["w", "crash"]));
    expect(lines).toEqual(["report s child_terminated w", ...expected, "s: a w z", "4 live"]);
  });

  it.each<[Restart, string[]]>([
    ["permanent", ["report p child_terminated s", "start w", "p: s", "s: w", "3 live"]],
    ["transient", ["p: -s", "1 live"]],
    ["temporary", ["p: ", "1 live"]],
  ])("[A2] giving up is an end with shutdown: a %s supervisor's parent tells", async (restart, expected) => {
    const tree = supervisor("p", [supervisor("s", [worker("w")], { intensity: 0, restart })]);
    const [, lines] = await told(tree, ends("s", ["w", "crash"]));
    const gaveUp = ["report s child_terminated w", "report s shutdown w", "end s shutdown"];
    expect(lines).toEqual([...gaveUp, ...expected]);
  });

  it("[A2] whoever has given up restarts nobody, not even for ends that it has not heard of yet", async () => {
    const children = [worker("a"), worker("b"), worker("c")];
    const [, lines] = await told(
      supervisor("s", children, { intensity: 0 }),
      ends("s", ["a", "crash"], ["b", "crash"]),
    );
    expect(lines).toEqual([
      ...["report s child_terminated a", "report s shutdown a"],
      ...["stop c", "report s shutdown_error b", "end s shutdown", "0 live"],
    ]);
  });
});

describe("starts and stops", () => {
  it("[A3] children start in order and stop one by one in reverse", async () => {
    const parts = await told(supervisor("s", [worker("a"), supervisor("t", [worker("b"), worker("c")]), worker("d")]));
    expect(parts).toEqual([
      ["start a", "start b", "start c", "start d", "s: a t d", "t: b c", "6 live"],
      ["stop d", "stop c", "stop b", "end t shutdown", "stop a", "end s shutdown", "0 live"],
    ]);
  });

  it("[A3] a start that fails midway stops those already started, and the supervisor's start has failed", async () => {
    const child = supervisor("t", [worker("a"), worker("b"), worker("c"), worker("d")]);
    const parts = await told(
      supervisor("s", [worker("w")]),
      { kind: "failStarts", id: "c", times: 1 },
      { kind: "startChild", supervisor: "s", child },
      { kind: "startChild", supervisor: "s", child },
    );
    const failed = ["start a", "start b", "fail c", "report t start_error c", "stop b", "stop a"];
    expect(parts[2]).toEqual([...failed, "reply startFailed", "s: w", "2 live"]);
    expect(parts[3]).toEqual([
      ...["start a", "start b", "start c", "start d", "reply ok"],
      "s: w t",
      "t: a b c d",
      "7 live",
    ]);
  });

  it.each<[string, Partial<WorkerSpec>, string[]]>([
    ["in order", {}, ["stop w"]],
    ["in order, brutalKill", { shutdownMs: "brutalKill" }, []],
    ["slowly, in time", { stop: "slow", shutdownMs: 20 }, ["stop w"]],
    ["slowly, infinity", { stop: "slow", shutdownMs: "infinity" }, ["stop w"]],
    ["slowly, too late", { stop: "slow", shutdownMs: 4 }, ["stop w", "report s shutdown_error w"]],
    ["never", { stop: "ignores", shutdownMs: 20 }, ["stop w", "report s shutdown_error w"]],
    ["never, brutalKill", { stop: "ignores", shutdownMs: "brutalKill" }, []],
    ["by a crash", { stop: "crashes" }, ["stop w", "report s shutdown_error w"]],
    ["by a crash, temporary", { stop: "crashes", restart: "temporary" }, ["stop w", "report s shutdown_error w"]],
  ])("[A3] a child that stops %s", async (_, options, expected) => {
    const [, lines] = await told(supervisor("s", [worker("a"), worker("w", options), worker("z")]));
    expect(lines).toEqual(["stop z", ...expected, "stop a", "end s shutdown", "0 live"]);
  });
});

describe("autoShutdown", () => {
  const significant = (id: string, restart: Restart = "transient"): WorkerSpec =>
    worker(id, { significant: true, restart });
  const none: readonly (readonly [string, Ending])[] = [];

  it.each<[AutoShutdown, string, Timed[], survives: boolean]>([
    ["anySignificant", "one ends in order", [ends("s", ["x", "normal"])], false],
    ["anySignificant", "one crashes, and is restarted", [ends("s", ["x", "crash"])], true],
    ["anySignificant", "a temporary one crashes", [ends("s", ["t", "crash"])], false],
    ["anySignificant", "another one ends", [ends("s", ["w", "normal"])], true],
    ["anySignificant", "one is terminated", [{ kind: "terminateChild", supervisor: "s", id: "x" }], true],
    ["allSignificant", "one ends in order", [ends("s", ["x", "normal"])], true],
    ["allSignificant", "all end", [ends("s", ["x", "normal"], ["y", "shutdown"], ["t", "kill"])], false],
    [
      "allSignificant",
      "all but one end, and that one is terminated",
      [ends("s", ["x", "normal"], ["t", "normal"]), { kind: "terminateChild", supervisor: "s", id: "y" }],
      true,
    ],
    [
      "allSignificant",
      "the last one ends while another one's restart is tried again",
      [{ kind: "failStarts", id: "x", times: 1 }, ends("s", ["t", "normal"], ["x", "crash"], ["y", "normal"])],
      true,
    ],
    ["allSignificant", "nothing happens", [ends("s", ...none)], true],
  ])("[A4] %s, %s: the supervisor survives %s", async (autoShutdown, _, steps, survives) => {
    const children = [worker("w"), significant("x"), significant("y"), significant("t", "temporary")];
    const parts = await told(supervisor("s", children, { autoShutdown }), ...steps);
    const lines = parts[steps.length];
    if (survives) return expect(lines).not.toContain("end s shutdown");
    expect(lines?.slice(-2)).toEqual(["end s shutdown", "0 live"]);
  });

  it("[A4] whoever shuts down restarts nobody, not even for ends that it has not heard of yet", async () => {
    const tree = supervisor("s", [significant("x"), worker("w")], { autoShutdown: "anySignificant" });
    const [, lines] = await told(tree, ends("s", ["x", "normal"], ["w", "crash"]));
    expect(lines).toEqual(["report s shutdown_error w", "end s shutdown", "0 live"]);
  });

  it("[A4] a significant child is refused by a supervisor that does not care", async () => {
    const [, lines] = await told(supervisor("s", [worker("w")]), {
      kind: "startChild",
      supervisor: "s",
      child: significant("x"),
    });
    expect(lines).toEqual(["reply invalidOption", "s: w", "2 live"]);
  });
});

describe("a nested supervisor", () => {
  const inner = (restart: Restart) => supervisor("s", [worker("x"), worker("y")], { intensity: 0, restart });
  const gaveUp = ["report s child_terminated x", "report s shutdown x", "stop y", "end s shutdown"];
  const back = ["start x", "start y"];
  const all = ["p: a s z", "s: x y", "6 live"];

  it.each<[Strategy, Restart, string[]]>([
    ["oneForOne", "permanent", ["report p child_terminated s", ...back, ...all]],
    [
      "oneForAll",
      "permanent",
      ["report p child_terminated s", "stop z", "stop a", "start a", ...back, "start z", ...all],
    ],
    ["restForOne", "permanent", ["report p child_terminated s", "stop z", ...back, "start z", ...all]],
    ["oneForOne", "transient", ["p: a -s z", "3 live"]],
    ["oneForAll", "transient", ["p: a -s z", "3 live"]],
    ["restForOne", "transient", ["p: a -s z", "3 live"]],
    ["oneForOne", "temporary", ["p: a z", "3 live"]],
    ["oneForAll", "temporary", ["p: a z", "3 live"]],
    ["restForOne", "temporary", ["p: a z", "3 live"]],
  ])(
    "[A10] %s: a %s one that gave up is restored or dropped with all below it",
    async (strategy, restart, expected) => {
      const [, lines] = await told(
        supervisor("p", [worker("a"), inner(restart), worker("z")], { strategy }),
        ends("s", ["x", "crash"]),
      );
      expect(lines).toEqual([...gaveUp, ...expected]);
    },
  );

  it.each<[Restart, string[]]>([
    ["permanent", ["end s killed", "report p child_terminated s", ...back, ...all]],
    ["transient", ["end s killed", "report p child_terminated s", ...back, ...all]],
    ["temporary", ["end s killed", "report p child_terminated s", "p: a z", "3 live"]],
  ])("[A10] a %s one that is killed takes all below it along", async (restart, expected) => {
    const tree = supervisor("p", [worker("a"), inner(restart), worker("z")]);
    const [, lines] = await told(tree, { kind: "killSupervisor", supervisor: "s" });
    expect(lines).toEqual(expected);
  });

  it("[A10] a crash that no level can cure goes up to the root, level by level", async () => {
    const tree = supervisor("r", [supervisor("p", [supervisor("s", [worker("w")])])]);
    const [, , lines] = await told(tree, { kind: "failStarts", id: "w", times: 1_000 }, ends("s", ["w", "crash"]));
    const told_ = lines?.filter((line) => line.startsWith("end ") || line.includes(" shutdown "));
    expect(told_).toEqual([
      ...["report s shutdown w", "end s shutdown"],
      ...["report p shutdown s", "end p shutdown"],
      ...["report r shutdown p", "end r shutdown"],
    ]);
    expect(lines?.at(-1)).toBe("0 live");
  });
});

describe("restarts that get in each other's way", () => {
  it("a retry that a group restart has overtaken is not made", async () => {
    // b fails to restart and waits for its retry; a crashes meanwhile and fails to restart, too.
    const tree = supervisor("s", [worker("a"), worker("b")], { strategy: "restForOne", intensity: 5 });
    const parts = await told(
      tree,
      { kind: "failStarts", id: "b", times: 1 },
      { kind: "failStarts", id: "a", times: 1 },
      ends("s", ["b", "crash"], ["a", "crash"]),
    );
    expect(parts[3]).toEqual([
      ...["report s child_terminated b", "fail b", "report s start_error b"],
      ...["report s child_terminated a", "fail a", "report s start_error a"],
      ...["start a", "start b", "s: a b", "3 live"],
    ]);
  });
});
