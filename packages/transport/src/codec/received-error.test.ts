import { describe, expect, it } from "vitest";
import { receivedError } from "./received-error.ts";

describe("an error from another node", () => {
  it("is of the class that its name says, without a stack of this process", () => {
    const error = receivedError("RangeError", "too far");
    expect(error).toBeInstanceOf(RangeError);
    expect(error.stack).toBe("RangeError: too far");
    expect(receivedError("Unheard", "of").name).toBe("Unheard");
    expect(Error.stackTraceLimit).toBeGreaterThan(0);
  });

  it("[X21] arrives in a program that has frozen Error", () => {
    const before = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit") as PropertyDescriptor;
    Object.defineProperty(Error, "stackTraceLimit", { ...before, writable: false });
    try {
      expect(receivedError("TypeError", "no").stack).toBe("TypeError: no");
    } finally {
      Object.defineProperty(Error, "stackTraceLimit", before);
    }
  });
});
