// Slow: runs vitest in a process.
// Under `--pool vmThreads` each test file lives in a realm of its own, mixed with some classes of the outer one.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./support/pages.ts";

const files = ["packages/transport/src/codec/codec.test.ts", "packages/actor/src/supervisor/supervisor.test.ts"];

it("[X10] values, asks and supervisors are the same under vitest --pool vmThreads", async () => {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const child = spawn(process.execPath, [vitest, "run", "--pool", "vmThreads", "-t", "T10|supervisor", ...files], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", VITEST: undefined },
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code, output).toBe(0);
  expect(output).toMatch(/Test Files\s+2 passed/);
}, 120_000);
