import { expect, it } from "vitest";
import { assertSupportedNode, oldestNode } from "./supported-node.ts";

it.each(["18.20.8", "20.19.0", "22.12.0", "21.99.0", "4.0.0"])(
  "refuses Node %s, and says which one is needed",
  (version) => {
    expect(() => assertSupportedNode(version)).toThrow(
      expect.objectContaining({
        code: "unsupportedNode",
        message: expect.stringMatching(new RegExp(`this is Node ${version}; .* need ${oldestNode} or newer`)),
      }),
    );
  },
);

it.each(["22.13.0", "22.13.0-nightly2025", "22.20.1", "23.0.0", "24.0.0", "100.0.0"])("takes Node %s", (version) => {
  expect(() => assertSupportedNode(version)).not.toThrow();
});
