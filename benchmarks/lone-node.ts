import { Foundation, type Node } from "@foundation/runtime";

/** Starts a node that knows no others. It logs nothing: some benchmarks crash actors by the thousand. */
export function startLoneNode(): Promise<Node> {
  return Foundation.start({ cluster: "none", logLevel: "silent", secret: "a node without any peers" });
}
