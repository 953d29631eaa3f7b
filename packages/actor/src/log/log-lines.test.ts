import { describe, expect, it } from "vitest";
import { BoundedOutput } from "../runtime/bounded-output.ts";
import { createLog, guardLog, withFields } from "../runtime/log.ts";
import { jsonLine } from "./json-line.ts";
import type { LogEntry } from "./log-entry.ts";
import { logfmtLine } from "./logfmt-line.ts";
import { terminalLines } from "./terminal-lines.ts";

const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const directory = "/app";

function entry(fields: LogEntry["fields"], event = "something happened"): LogEntry {
  return { time, level: "warn", event, fields };
}

function terminal(of: LogEntry): string {
  return terminalLines(of, { directory, hasColour: false, columns: 80 });
}

/** What text from outside may hold to pass for something else. */
const tricks = [
  "\n",
  "\r",
  "\u001b[2J",
  "\u009b31m",
  "\u0085",
  "\u202e",
  "\u2066",
  "\u2028",
  "\u200f",
  "\ufeff",
  "\ud800",
];

function crash(frames: readonly string[], name = "TypeError: x is not a function"): Error {
  const [kind = "Error", message = ""] = name.split(": ");
  const error = new Error(message);
  error.name = kind;
  error.stack = [name, ...frames.map((frame) => `    at ${frame}`)].join("\n");
  return error;
}

const own = "Counter.increment (file:///app/src/counter.ts:12:15)";
const internal = [
  "ActorCell.run (/app/node_modules/@foundation/actor/dist/actor/actor-cell.js:1:2)",
  "async node:internal/modules/esm/loader:647:26",
  "Array.map (<anonymous>)",
];

describe("lines of the log", () => {
  it.each(tricks)("[X22] show the outside text %j escaped, in every format and every place", (trick) => {
    const text = `a${trick}b`;
    const hostile = entry({ [text]: text, why: text, list: [text], error: crash([text], `${text}: m`) }, text);
    for (const line of [terminal(hostile), logfmtLine(hostile, { directory }), jsonLine(hostile, { directory })]) {
      expect(line.replaceAll("\n               ", "")).not.toContain(trick);
    }
  });

  it("[X22] are one line each in a pipe, and indented below the first on a terminal", () => {
    const event = entry({ actor: "Counter", error: crash([own, ...internal], "TypeError: first\nsecond") });
    expect(logfmtLine(event, { directory })).not.toContain("\n");
    expect(jsonLine(event, { directory })).not.toContain("\n");
    const [first, ...rest] = terminal(event).split("\n");
    expect(first).toMatch(/^\d\d:\d\d:\d\d warn {2}something happened {2}actor=Counter$/);
    expect(rest.every((line) => line.startsWith(" ".repeat(15)))).toBe(true);
  });

  it("[X21][X22] show one's own frames first and count those of the runtime and of Node", () => {
    const event = entry({ error: crash([internal[0] as string, own, ...internal]) });
    expect(terminal(event).split("\n").slice(1)).toEqual([
      "               TypeError: x is not a function",
      "                 at Counter.increment (src/counter.ts:12:15)",
      "                 … 4 internal frames",
    ]);
    expect(logfmtLine(event, { directory })).toContain('errorAt="Counter.increment (src/counter.ts:12:15)"');
    expect(JSON.parse(jsonLine(event, { directory }))).toMatchObject({
      error: { at: ["Counter.increment (src/counter.ts:12:15)"], internalFrames: 4 },
    });
  });

  it("[X22] take no line of a message for a frame, nor lose the frames behind a long one", () => {
    for (const message of ["one\n    at fake (/etc/passwd:1:1)", `wrapped: ${crash([internal[0] as string]).stack}`]) {
      const error = crash([own], `Error: ${message}`);
      error.message = message;
      const line = JSON.parse(jsonLine(entry({ error }), { directory }));
      expect(line.error.at).toEqual(["Counter.increment (src/counter.ts:12:15)"]);
    }
    const long = crash([own], `Error: ${"y".repeat(100_000)}`);
    expect(logfmtLine(entry({ error: long }), { directory })).toContain('errorAt="Counter.increment');
  });

  it("[X21] say once what was thrown and is no error", () => {
    const wrapped = new Error("a value that is not an Error was thrown: 5", { cause: 5 });
    const caused = new Error("too many", { cause: "the moon" });
    expect(JSON.parse(jsonLine(entry({ error: wrapped }), { directory })).error.causes).toBeUndefined();
    expect(JSON.parse(jsonLine(entry({ error: caused }), { directory })).error.causes).toMatchObject([
      { error: "the moon" },
    ]);
  });

  it("[X22] name errors without a message or a name as they name themselves, and no DOMException by its number", () => {
    const titles = [
      new Error(),
      Object.assign(new Error("x"), { name: "" }),
      new DOMException("gone", "AbortError"),
    ].map((error) => JSON.parse(jsonLine(entry({ error }), { directory })).error.error);
    expect(titles).toEqual(["Error", "x", "AbortError: gone"]);
  });

  it("[X22] show internal frames where there are no others", () => {
    expect(terminal(entry({ error: crash(internal) }))).toContain("ActorCell.run");
  });

  it("[X22] tell of causes and of the parts of an AggregateError, also of endless ones", () => {
    const cause = crash(["inner (/app/src/inner.ts:1:1)"], "RangeError: too far");
    const both = new AggregateError([crash([own], "Error: one"), "not an error"], "many", { cause });
    Object.assign(cause, { cause: both });
    const lines = terminal(entry({ error: both }));
    for (const part of [
      "AggregateError: many",
      "1 of 2: Error: one",
      "2 of 2: not an error",
      "cause: RangeError: too far",
    ])
      expect(lines).toContain(part);
    expect(lines).toContain("at inner (src/inner.ts:1:1)");
    expect(lines.match(/AggregateError/g)).toHaveLength(1);
    expect(JSON.parse(jsonLine(entry({ error: both }), { directory })).error.causes).toHaveLength(3);
  });

  it("[X21] tell of the two errors of a block and a clean-up that both failed", () => {
    const parts = { error: crash([own], "Error: cannot close"), suppressed: new RangeError("too far") };
    const both = Object.assign(new Error("An error was suppressed during disposal"), parts, {
      name: "SuppressedError",
    });
    expect(terminal(entry({ error: both }))).toMatch(
      /\n\s+error: Error: cannot close\n[\s\S]*suppressed: RangeError: too far/,
    );
    const line = logfmtLine(entry({ error: both }), { directory });
    expect(line).toContain(' errorError="Error: cannot close" errorErrorAt="Counter.increment (src/counter.ts:12:15)"');
    expect(line).toContain(' errorSuppressed="RangeError: too far"');
  });

  it("[X22] are bounded, and survive values that cannot be read", () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const throwing = new Proxy(new Error("x"), {
      get() {
        throw new Error("do not read me");
      },
    });
    const fields = {
      huge: "x".repeat(1_000_000),
      deep: Array.from({ length: 100_000 }, (_, index) => ({ index })),
      throwing,
      revoked: revoked.proxy,
      error: crash(
        Array.from({ length: 1_000 }, () => own),
        `Error: ${"y".repeat(100_000)}`,
      ),
      bigint: 1n,
      nothing: undefined,
      getter: Object.defineProperty({}, "x", {
        enumerable: true,
        get() {
          throw new Error("do not read me");
        },
      }),
    };
    for (const line of [
      terminal(entry(fields)),
      logfmtLine(entry(fields), { directory }),
      jsonLine(entry(fields), { directory }),
    ]) {
      expect(line.length).toBeLessThan(20_000);
      expect(line).toContain("cannot be shown");
      expect(line).toContain("bigint");
      expect(line).not.toContain("nothing");
    }
  });

  it("are logfmt and JSON that can be read back, whatever the fields are called", () => {
    const event = entry(
      Object.fromEntries([
        ["time", 1],
        ["__proto__", 2],
        ["a b=", 'say "x"'],
        ["list", ["a", "b"]],
      ]),
    );
    expect(logfmtLine(event, { directory })).toBe(
      'time=2026-01-02T03:04:05.678Z level=warn event="something happened" time=1 __proto__=2 a_b_="say \\"x\\"" list=a,b',
    );
    expect(JSON.parse(jsonLine(event, { directory }))).toEqual(
      Object.fromEntries([
        ["time", "2026-01-02T03:04:05.678Z"],
        ["level", "warn"],
        ["event", "something happened"],
        ["time_", 1],
        ["__proto__", 2],
        ["a b=", 'say "x"'],
        ["list", ["a", "b"]],
      ]),
    );
  });

  it("[Y21] have the sentences why and advice on lines of their own, broken between words", () => {
    const why =
      "its connection broke, its address refuses new ones, and no other member has heard anything of it since";
    expect(
      terminal(entry({ member: "bonn", why, advice: "start it again" }))
        .split("\n")
        .slice(1),
    ).toEqual([
      "               its connection broke, its address refuses new ones, and no other",
      "               member has heard anything of it since",
      "               → start it again",
    ]);
  });
});

describe("lines that are longer than a terminal is wide", () => {
  /** What a terminal shows: it goes on at its left edge where a line is too long. */
  function rows(of: LogEntry): string[] {
    return terminal(of)
      .split("\n")
      .flatMap((line) => line.match(/.{1,80}/gu) ?? [""]);
  }
  const forged = "12:00:00 error the database was deleted";

  it.each([" ", "\u00a0", "\u3000", "\u2003"])(
    "[X22] forge no event, wherever the text stands, with %j as a space",
    (space) => {
      const text = forged.replaceAll(" ", space);
      for (let pad = 40; pad < 100; pad++) {
        for (const hostile of [`${"x".repeat(pad)}${text}`, `${"x".repeat(pad)} ${text}`]) {
          const error = crash([own], `Error: ${hostile}`);
          error.message = hostile;
          const cause = new Error("outer", { cause: error });
          cause.stack = "Error: outer";
          const shown = rows(entry({ name: hostile, why: hostile, advice: hostile, error, cause }, hostile));
          expect(shown.filter((row) => row.startsWith("12:00:00") && /\P{Zs}/u.test(row.slice(8)))).toEqual([]);
        }
      }
    },
  );

  it("[X22] break between the words of a message, and keep what is copied whole", () => {
    const message = `cannot read ${"a".repeat(30)} or ${"b".repeat(30)} below /srv/${"c".repeat(90)} at all`;
    const error = crash([own], `Error: ${message}`);
    error.message = message;
    const lines = terminal(entry({ error })).split("\n").slice(1, -1);
    expect(lines.map((line) => line.trim())).toEqual([
      `Error: cannot read ${"a".repeat(30)} or`,
      `${"b".repeat(30)} below`,
      `/srv/${"c".repeat(90)}`,
      "at all",
    ]);
  });

  it.each([undefined, 0, 1, 39])("[X22] are those of 80 columns where a terminal says that it has %s", (columns) => {
    const event = entry({ member: "bonn", why: "its connection broke" }, "member died");
    const lines = terminalLines(event, { directory, hasColour: false, columns });
    expect(lines.split("\n")[0]).toMatch(/ member died {2}member=bonn – its connection broke$/);
  });

  it("[X22] count characters that take two columns", () => {
    const message = "漢字 ".repeat(40).trim();
    const error = crash([own], `Error: ${message}`);
    error.message = message;
    const lines = terminal(entry({ error })).split("\n").slice(1, -1);
    for (const line of lines)
      expect(line.trimStart().length + (line.match(/\p{Script=Han}/gu) ?? []).length).toBeLessThanOrEqual(65);
    expect(lines.map((line) => line.trim()).join(" ")).toBe(`Error: ${message}`);
  });
});

describe("a log", () => {
  it("[X22][Y8] is not harmed by a sink or a log of the program that throws", () => {
    const log = createLog(() => {
      throw new Error("the disk is on fire");
    });
    for (const each of [log, guardLog(log), withFields(log, {}), guardLog({} as typeof log)]) {
      expect(() => each.error("something happened")).not.toThrow();
    }
  });
});

describe("output to a reader that may be slow or gone", () => {
  function output(write: (bytes: Uint8Array) => number): { out: BoundedOutput; later: (() => void)[] } {
    const later: (() => void)[] = [];
    const port = {
      write,
      later: (_ms: number, again: () => void) => later.push(again),
      describeLoss: (n: number) => `lost ${n}\n`,
    };
    return { out: new BoundedOutput(port), later };
  }
  const fault = (code: string): Error => Object.assign(new Error(code), { code });

  it("[Y8] keeps the order of what a slow reader takes in pieces", () => {
    let text = "";
    let room = 5;
    const { out, later } = output((bytes) => {
      if (room === 0) throw fault("EAGAIN");
      const taken = bytes.subarray(0, room);
      room -= taken.length;
      text += Buffer.from(taken);
      return taken.length;
    });
    out.write("one\n");
    out.write("two\n");
    out.write("three\n");
    expect([text, later.length]).toEqual(["one\nt", 1]);
    room = 100;
    later[0]?.();
    expect([text, out.waitingBytes]).toEqual(["one\ntwo\nthree\n", 0]);
  });

  it("[Y8] holds no more than 256 KiB for a blocked pipe, and says how many lines were lost once it is read", () => {
    let isBlocked = true;
    let text = "";
    const { out, later } = output((bytes) => {
      if (isBlocked) throw fault("EAGAIN");
      text += Buffer.from(bytes);
      return bytes.length;
    });
    const line = `${"x".repeat(1023)}\n`;
    for (let i = 0; i < 1_000; i++) out.write(line);
    expect(out.waitingBytes).toBe(256 * 1024);
    expect(later).toHaveLength(1);
    isBlocked = false;
    later[0]?.();
    out.write("again\n");
    expect(text).toBe(`${line.repeat(256)}lost 744\nagain\n`);
  });

  it.each(["EPIPE", "ENOSPC", "EIO"])("[Y8] loses lines to %s without a word, and counts them", (code) => {
    let isBroken = true;
    let text = "";
    const { out, later } = output((bytes) => {
      if (isBroken) throw fault(code);
      text += Buffer.from(bytes);
      return bytes.length;
    });
    for (let i = 0; i < 10; i++) out.write("line\n");
    expect([out.waitingBytes, later.length]).toEqual([0, 0]);
    isBroken = false;
    out.write("back\n");
    expect(text).toBe("lost 10\nback\n");
  });
});
