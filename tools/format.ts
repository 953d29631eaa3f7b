// Repairs formatting, and writes anew what is generated.
import { runTool } from "./tool.ts";

runTool("node", ["--conditions=@foundation/source", "tools/check-house.ts", "--write"]);
runTool("biome", ["check", "--write", "."]);
