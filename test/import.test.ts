// Slow: starts a process.
// What a program pays for the import alone.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const program = `
import "@foundation/runtime";
console.log(JSON.stringify(process.moduleLoadList));
`;

it("the import loads no HTTP client: undici takes 20 ms of each start", async () => {
  const args = ["--conditions=@foundation/source", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
  const loaded: string[] = JSON.parse(stdout);
  expect(loaded).toContain("NativeModule _http_server");
  expect(loaded.filter((name) => name.includes("undici"))).toEqual([]);
});
