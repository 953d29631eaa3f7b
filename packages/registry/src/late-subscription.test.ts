import { describe, expect, it } from "vitest";
import { LateSubscription } from "./late-subscription.ts";

/** A subscription that notes what is said to it. */
function target() {
  const said: string[] = [];
  return {
    said,
    request: (count: number) => void said.push(`request ${count}`),
    cancel: () => void said.push("cancel"),
  };
}

describe("a subscription of a stream that opens later", () => {
  it("passes on what was asked for meanwhile, once and in one sum", () => {
    const late = new LateSubscription();
    const opened = target();
    late.request(3);
    late.request(4);
    late.follow(opened);
    late.request(5);
    late.cancel();
    expect(opened.said).toEqual(["request 7", "request 5", "cancel"]);
  });

  it("asks for nothing when nothing was asked for", () => {
    const opened = target();
    new LateSubscription().follow(opened);
    expect(opened.said).toEqual([]);
  });

  it("ends the stream as soon as it opens when it was cancelled meanwhile", () => {
    const late = new LateSubscription();
    const opened = target();
    late.request(3);
    late.cancel();
    late.follow(opened);
    expect(opened.said).toEqual(["cancel"]);
  });
});
