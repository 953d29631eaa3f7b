// Formatting, lint rules and types of the whole repository, its shape, and the packages as they will be published.
import { runTool } from "./tool.ts";

runTool("biome", ["check", "."]);
runTool("tsc", ["--project", "tsconfig.json"]);
runTool("node", ["--conditions=@foundation/source", "tools/check-house.ts"]);
runTool("node", ["--conditions=@foundation/source", "tools/check-packages.ts"]);
