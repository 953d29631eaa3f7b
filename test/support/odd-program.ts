// A program of node processes that misbehaves in the way that BEHAVIOUR names.

import { Foundation } from "@foundation/runtime";
import { serveNode } from "@foundation/testkit";

const behaviour = process.env.BEHAVIOUR;

if (behaviour === "throws") throw new Error("this program throws when it is loaded");
if (behaviour === "exits") {
  process.stderr.write("this program has had enough\n");
  process.exit(7);
}
if (behaviour === "neverServes") setInterval(() => {}, 60_000);
if (behaviour === "babbles") {
  process.stdout.write(Buffer.alloc(100_000, 0xff));
  for (const garbage of ["hello", null, 17, { testkit: 17 }, { testkit: "answer", id: 99 }, { testkit: "ask", id: 1 }])
    process.send?.(garbage);
}

export const program =
  behaviour === "neverServes"
    ? undefined
    : serveNode({
        async start({ transport, ...options }) {
          if (behaviour === "neverStarts") await new Promise(() => {});
          return Foundation.start({ ...options, ...(behaviour === "ownTransport" ? {} : { transport }) });
        },
        commands: {
          echo: (_node, value: unknown): unknown => value,
          throwCoded(): never {
            throw Object.assign(new RangeError("out of range here"), { code: "E_RANGE" });
          },
          throwText(): never {
            throw "only text";
          },
          giveFunction: () => () => 1,
          exit: (_node, exitCode: number): never => process.exit(exitCode),
          async never(): Promise<never> {
            return await new Promise<never>(() => {});
          },
          say(_node, text: string): void {
            process.stderr.write(text);
          },
        },
      });

export type OddProgram = Exclude<typeof program, undefined>;
