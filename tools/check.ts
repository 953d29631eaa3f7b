// Formatting, lint rules and types of the whole repository.
import { runTool } from "./tool.ts";

runTool("biome", ["check", "."]);
runTool("tsc", ["--project", "tsconfig.json"]);
