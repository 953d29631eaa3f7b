import { expect, it } from "vitest";
import { ActorError } from "../errors.ts";
import { describeExitWithCauses } from "./error-report.ts";

it("tells in words of an end what it came of, which the error's own words may leave out", () => {
  const refused = Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" });
  expect(describeExitWithCauses(new TypeError("fetch failed", { cause: refused }))).toBe(
    "TypeError: fetch failed, because of AggregateError (ECONNREFUSED)",
  );
  const deep = new Error("no report", { cause: new TypeError("fetch failed", { cause: new Error("bad port") }) });
  expect(describeExitWithCauses(deep)).toBe(
    "Error: no report, because of TypeError: fetch failed, because of Error: bad port",
  );
});

it("does not tell in words of an end what these say already", () => {
  const error = new RangeError("too far");
  expect(describeExitWithCauses(error)).toBe("RangeError: too far");
  const start = new ActorError("startFailed", `Rover did not start: ${error}`, { cause: error });
  expect(describeExitWithCauses(start)).toBe("ActorError: Rover did not start: RangeError: too far");
  expect(describeExitWithCauses("shutdown")).toBe("shutdown");
});

it("comes to an end of errors that are their own cause, or cannot be read", () => {
  const circle = new Error("round");
  circle.cause = new Error("and", { cause: circle });
  expect(describeExitWithCauses(circle)).toBe("Error: round, because of Error: and");
  const broken = Object.defineProperty(new Error("broken"), "cause", {
    get: () => {
      throw new Error("no cause for you");
    },
  });
  expect(describeExitWithCauses(broken)).toBe("Error: broken");
});
