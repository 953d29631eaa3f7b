import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { optionsFromEnvironment, unknownVariables } from "./environment.ts";
import { type FoundationOptions, givenOptions, optionNames, readOptions } from "./options.ts";

describe("options from the environment", () => {
  it("stand for options, with lists and numbers in text", () => {
    const options = optionsFromEnvironment({
      FOUNDATION_NAME: "n1",
      FOUNDATION_SEEDS: "10.0.0.1:7400, 10.0.0.2:7400",
      FOUNDATION_PORT: "7400",
      FOUNDATION_CLUSTER: "",
      PATH: "/bin",
    });
    expect(options).toEqual({ name: "n1", seeds: ["10.0.0.1:7400", "10.0.0.2:7400"], port: 7400 });
  });

  it.each([
    ["FOUNDATION_PORT", "abc", 'FOUNDATION_PORT: must be a whole number from 0 to 65 535, seen "abc"'],
    ["FOUNDATION_PORT", "1e3", 'FOUNDATION_PORT: must be a whole number from 0 to 65 535, seen "1e3"'],
    ["FOUNDATION_PORT", "70000", "FOUNDATION_PORT: must be a whole number from 0 to 65 535, seen 70000"],
    ["FOUNDATION_LOG_LEVEL", "loud", "FOUNDATION_LOG_LEVEL: "],
    ["FOUNDATION_LOG", "xml", 'FOUNDATION_LOG: must be "text", "json" or a log, seen "xml"'],
    ["FOUNDATION_HOST", "http://x", "FOUNDATION_HOST: must be a host name or an address"],
  ])("[Y20] are refused with the name of the variable and its value: %s=%s", (variable, value, text) => {
    expect(() => readOptions(optionsFromEnvironment({ [variable]: value }), {})).toThrow(text);
  });

  it.each<[variable: string, text: string, refusal: string]>([
    ["FOUNDATION_SEEDS", "a", 'FOUNDATION_SEEDS, entry 1: must be host:port, such as "10.0.0.5:7400", seen "a"'],
    ["FOUNDATION_SEEDS", "a:1,", 'FOUNDATION_SEEDS, entry 2: must be host:port, such as "10.0.0.5:7400", seen ""'],
    ["FOUNDATION_SEEDS", ",a:1", 'FOUNDATION_SEEDS, entry 1: must be host:port, such as "10.0.0.5:7400", seen ""'],
    ["FOUNDATION_SEEDS", "a:1, ,b:1", "FOUNDATION_SEEDS, entry 2: must be host:port"],
    ["FOUNDATION_SEEDS", ",", "FOUNDATION_SEEDS, entry 1: must be host:port"],
    ["FOUNDATION_SEEDS", "a:1;b:2", 'entry 1: must be host:port, such as "10.0.0.5:7400", seen "a:1;b:2"'],
    ["FOUNDATION_SEEDS", "a:1 b:2", 'entry 1: must be host:port, such as "10.0.0.5:7400", seen "a:1 b:2"'],
    ["FOUNDATION_SEEDS", "user@a:1", "entry 1: must be host:port"],
    ["FOUNDATION_SEEDS", "ws://a:1", "entry 1: must be host:port"],
    ["FOUNDATION_SEEDS", "b:1,0.0.0.0:1", "entry 2: stands for every address of a machine"],
    [
      "FOUNDATION_SECRET",
      "0123456789abcdef,",
      "FOUNDATION_SECRET, entry 2: must have at least 16 characters, seen 0; ",
    ],
    [
      "FOUNDATION_SECRET",
      "a, 0123456789abcdef",
      "FOUNDATION_SECRET, entry 1: must have at least 16 characters, seen 1; ",
    ],
    ["FOUNDATION_SECRET", ",,,,", "FOUNDATION_SECRET: must be 1 to 4 secrets, seen 5; "],
  ])("[Y20] lists say which entry is wrong, empty ones too: %s=%j", (variable, text, refusal) => {
    expect(() => readOptions(optionsFromEnvironment({ [variable]: text }), {})).toThrow(
      expect.objectContaining({ code: "invalidOptions", message: expect.stringContaining(refusal) }),
    );
  });

  it("[Y20] of many wrong entries the first eight are named, and the others counted", () => {
    const failure = (): FoundationOptions => readOptions({ seeds: new Array(1_000).fill("a") });
    expect(failure).toThrow(/seeds\.7: [^;]*; and 992 more$/);
    expect(failure).not.toThrow("seeds.8");
  });

  const usable: Record<string, [text: string, value: unknown]> = {
    FOUNDATION_NAME: ["n1", "n1"],
    FOUNDATION_CLUSTER: ["none", "none"],
    FOUNDATION_CLUSTER_NAME: ["shop", "shop"],
    FOUNDATION_SEEDS: ["a:1 , b:2", ["a:1", "b:2"]],
    FOUNDATION_HOST: ["127.0.0.1", "127.0.0.1"],
    FOUNDATION_PORT: ["7480", 7480],
    FOUNDATION_SECRET: ["0123456789abcdef", "0123456789abcdef"],
    FOUNDATION_LOG: ["json", "json"],
    FOUNDATION_LOG_LEVEL: ["warn", "warn"],
  };

  it("[Y20] every variable of the reference is tried below", async () => {
    const page = await readFile(join(import.meta.dirname, "../../../docs/reference/options.md"), "utf8");
    const named = page.match(/(?<=^\| `)FOUNDATION_\w+/gm) ?? [];
    expect(named.toSorted()).toEqual(Object.keys(usable).toSorted());
  });

  describe.each(Object.entries(usable))("[Y20] %s", (variable, [text, value]) => {
    const read = (given: string): unknown[] =>
      Object.values(readOptions(optionsFromEnvironment({ [variable]: given }), {}));

    it.each([
      ["a line break of a file", `${text}\n`],
      ["one of Windows", `${text}\r\n`],
      ["a byte order mark", `\uFEFF${text}`],
      ["blanks", `  ${text}\t`],
    ])("means the same with %s around it", (_what, given) => {
      expect(read(given)).toEqual([value]);
    });

    it.each(["", " ", "\n", "\uFEFF\r\n"])("counts as absent when there is nothing but white space: %j", (given) => {
      expect(read(given)).toEqual([]);
    });

    it.each([
      [`"${text}"`, "has quotes around it"],
      [`'${text}'\n`, "has quotes around it"],
      ['""', "has quotes around it"],
      [`\${THE_SETTING_OF_IT}`, "is a placeholder that was not replaced"],
      ["$(cat /run/secrets/it)", "is a placeholder that was not replaced"],
      ["{{ .Values.setting }}", "is a placeholder that was not replaced"],
      ["<the setting of it>", "is a placeholder that was not replaced"],
      ["undefined", "is how JavaScript writes a value that is missing"],
      ["null", "is how JavaScript writes a value that is missing"],
    ])("refuses %j, which is not what was meant, and shows it unless it is a secret", (given, fault) => {
      const failure = (): unknown => read(given);
      expect(failure).toThrow(
        expect.objectContaining({ code: "invalidOptions", message: expect.stringContaining(`${variable}: ${fault}`) }),
      );
      const isShown = expect.stringContaining(`, seen ${JSON.stringify(given.trim())}`);
      const message = variable === "FOUNDATION_SECRET" ? expect.not.stringContaining("seen") : isShown;
      expect(failure).toThrow(expect.objectContaining({ message }));
    });

    it("says nothing where code gives the option", () => {
      const option = Object.keys(optionsFromEnvironment({ [variable]: text }))[0] as string;
      expect(optionsFromEnvironment({ [variable]: '""' }, { [option]: value })).toEqual({});
    });
  });

  it.each(["1e3", "0x10", "-1", "+7480", "7480.5", "7_480", "7480/tcp", ":7480", "5s", "true", "٧٤٨٠", "NaN"])(
    "[Y20] FOUNDATION_PORT=%s is no port",
    (text) => {
      expect(() => readOptions(optionsFromEnvironment({ FOUNDATION_PORT: text }), {})).toThrow(
        `FOUNDATION_PORT: must be a whole number from 0 to 65 535, seen ${JSON.stringify(text)}`,
      );
    },
  );

  it.each([null, 5, "x", [], () => {}])("[X12] options that are no object are refused as such: %o", (given) => {
    expect(() => givenOptions(given)).toThrow(/options: must be an object, seen /);
  });

  it.each(["discovery", "runtime", "transport"])("[X12] %s without the methods that it needs is refused", (option) => {
    for (const value of [{}, { name: "x" }, { announce: 5 }, null]) {
      const options = { [option]: option === "discovery" ? [value] : value } as FoundationOptions;
      expect(() => readOptions(options)).toThrow(expect.objectContaining({ code: "invalidOptions" }));
    }
  });

  it("[Y20] that mean nothing are found, with the one that was meant; those of Kubernetes are its own", () => {
    const environment = {
      FOUNDATION_CLUSTERNAME: "x",
      FOUNDATION_WHATEVER: "x",
      FOUNDATION_PORT: "tcp://10.0.0.1:7400",
      FOUNDATION_PORT_7400_TCP_ADDR: "10.0.0.1",
      FOUNDATION_SERVICE_HOST: "10.0.0.1",
      OTHER: "x",
    };
    const other = "see docs/reference/options.md for those that there are";
    expect(unknownVariables(environment, optionNames)).toEqual([
      { variable: "FOUNDATION_CLUSTERNAME", advice: "did you mean FOUNDATION_CLUSTER_NAME?" },
      { variable: "FOUNDATION_WHATEVER", advice: other },
    ]);
    expect(optionsFromEnvironment(environment)).toEqual({});
  });

  it.each([
    ["FOUNDATION_SEED", "did you mean FOUNDATION_SEEDS?"],
    ["foundation_port", "did you mean FOUNDATION_PORT?"],
    ["Foundation_LogLevel", "did you mean FOUNDATION_LOG_LEVEL?"],
    ["FOUNDATION_INSECURE", "the option insecure has no variable, give it in code"],
    ["FOUNDATION_ADVERTISE", "the option advertise has no variable, give it in code"],
    ["FOUNDATION_FAILURE_DETECTOR", "the option failureDetector has no variable, give it in code"],
  ])("[Y20] that mean nothing say what was meant: %s", (variable, advice) => {
    expect(unknownVariables({ [variable]: "hidden" }, optionNames)).toEqual([{ variable, advice }]);
  });

  it("[Y20] are the same in whichever case where the system says so", () => {
    const ofWindows = { Foundation_Port: "7480" };
    const environment = new Proxy(ofWindows, { get: (all, name) => Reflect.get(all, name) ?? all.Foundation_Port });
    expect(unknownVariables(environment, optionNames)).toEqual([]);
  });

  it("[Y20] options of the wrong type are shown as they were given, and never a secret", () => {
    const failure = (options: object) => (): FoundationOptions => readOptions(options);
    expect(failure({ failureDetector: "fast" })).toThrow(/failureDetector: .*seen "fast"/);
    expect(failure({ port: { from: 1, to: 2 } })).toThrow(
      "port: must be a whole number from 0 to 65 535, seen { from: 1, to: 2 }",
    );
    expect(failure({ seeds: { a: new Map([["b", 1]]) } })).toThrow(/seeds: .*seen \{ a: Map\(1\) \{ 'b' => 1 \} \}/);
    expect(failure({ clustername: "x", "a\u202e": 1 })).toThrow(
      /"clustername" is no option, did you mean clusterName\?; "a.*" is no option/,
    );
    expect(failure({ secret: { hunter2: 1 } })).not.toThrow(/hunter2/);
  });

  it.each<[object, string]>([
    [{ seeds: "a:1" }, 'seeds: must be an array, seen "a:1"'],
    [{ seeds: [1] }, "seeds.0: must be a string, seen 1"],
    [{ seeds: new Array(1_025).fill("a:1") }, "seeds: must have at most 1024 entries, seen ["],
    [{ name: 3 }, "name: must be a string, seen 3"],
    [{ cluster: "lcoal" }, 'cluster: must be "local" or "none", seen "lcoal"'],
    [{ logLevel: "loud" }, 'logLevel: must be "debug", "info", "warn", "error" or "silent", seen "loud"'],
    [{ insecure: "yes" }, 'insecure: must be true or false, seen "yes"'],
    [{ directory: "~/nodes" }, "directory: must not begin with ~, which shells alone replace: use homedir()"],
    [{ directory: "~" }, "directory: must not begin with ~"],
    [
      { directory: "/tmp/nodes\n" },
      'directory: must not have control characters, such as line breaks, seen "/tmp/nodes\\n"',
    ],
    [{ clusterName: "shop\n" }, 'clusterName: must not begin or end with white space, seen "shop\\n"'],
    [{ seeds: ["a"] }, 'seeds.0: must be host:port, such as "10.0.0.5:7400", seen "a"'],
    [{ directory: "" }, 'directory: must have at least 1 character, seen ""'],
    [{ advertise: "a" }, 'advertise: must be an object of options, seen "a"'],
    [{ advertise: {} }, "advertise.host: is missing: must be a string"],
    [{ advertise: { host: "a", prot: 1 } }, 'advertise: "prot" is no option, did you mean port?'],
    [{ channels: ["bulk"] }, 'channels.0: must be an object of options, seen "bulk"'],
    [{ channels: [{ name: "a b", priority: 1.5 }] }, "channels.0.priority: must be a whole number, seen 1.5"],
    [{ channels: [{ name: "a b", priority: 1 }] }, 'channels.0.name: must be 1 to 64 of A-Z a-z 0-9 . _ -, seen "a b"'],
    [{ channels: [{ name: "a", priority: 256 }] }, "channels.0.priority: must be at most 255, seen 256"],
    [{ failureDetector: { intervalMs: 5 } }, "failureDetector.intervalMs: must be at least 10, seen 5"],
    [
      { failureDetector: { tempo: 5 } },
      'failureDetector: "tempo" is no option; there are intervalMs, suspectAfterMs, downAfterMs',
    ],
    [
      { tls: { cert: "a", key: "b", ca: "c", checkFileMs: 0 } },
      'tls: "checkFileMs" is no option, did you mean checkFilesMs?',
    ],
    [{ nmae: "x" }, 'options: "nmae" is no option, did you mean name?'],
    [{ somethingElse: "x" }, 'options: "somethingElse" is no option'],
  ])("[Y20] %j are refused in the words of all options", (options, text) => {
    const failure = (): FoundationOptions => readOptions(options);
    expect(failure).toThrow(text);
    expect(failure).not.toThrow(/Invalid|expected|Too |undefined|Unrecognized/);
  });

  it("take one secret, and several in the order in which they are given", () => {
    const [next, old] = ["0123456789abcdef next", "0123456789abcdef old"];
    expect(optionsFromEnvironment({ FOUNDATION_SECRET: old })).toEqual({ secret: old });
    const options = optionsFromEnvironment({ FOUNDATION_SECRET: `${next}, ${old}` });
    expect(options).toEqual({ secret: [next, old] });
    expect(readOptions(options)).toEqual(options);
  });

  it.each([
    "0123456789abcdef,hunter2",
    "0123456789abcdef,",
    ",,,,,",
    `${"0123456789abcdef,".repeat(5)}0123456789abcdef`,
  ])("[B35][B37] refuse the secrets %j, and repeat none of them", (text) => {
    const failure = (): FoundationOptions => readOptions(optionsFromEnvironment({ FOUNDATION_SECRET: text }));
    expect(failure).toThrow(/secret/);
    expect(failure).not.toThrow(/hunter2|0123456789abcdef/);
  });

  it("[B35] never repeat a secret in an error", () => {
    const failure = (): FoundationOptions => readOptions(optionsFromEnvironment({ FOUNDATION_SECRET: "hunter2" }));
    expect(failure).toThrow(/secret: must have at least 16 characters/);
    expect(failure).not.toThrow(/hunter2/);
  });
});
