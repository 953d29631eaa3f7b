import { describe, expect, it } from "vitest";
import { optionsFromEnvironment } from "./environment.ts";
import { type FoundationOptions, readOptions } from "./options.ts";

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

  it("are checked like any others, with the path and the value seen", () => {
    const failure = (): FoundationOptions => readOptions(optionsFromEnvironment({ FOUNDATION_PORT: "many" }));
    expect(failure).toThrow(/port: .*seen NaN/);
  });

  it("take one secret as it is, and several in the order in which they are given", () => {
    const [next, old] = ["0123456789abcdef next", "0123456789abcdef old"];
    expect(optionsFromEnvironment({ FOUNDATION_SECRET: ` ${old} ` })).toEqual({ secret: ` ${old} ` });
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
