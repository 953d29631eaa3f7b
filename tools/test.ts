// Runs the whole test suite. Arguments go to vitest.
import { runTool } from "./tool.ts";

runTool("vitest", ["run", ...process.argv.slice(2)]);
