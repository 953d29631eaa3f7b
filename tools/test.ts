// Runs the whole test suite: formatting and lint rules, types, then vitest. Arguments go to vitest.
import { runTool } from "./tool.ts";

runTool("vitest", ["run", ...process.argv.slice(2)]);
