// Formatting, lint rules and types of the whole repository, and the declarations that the packages will publish.
import { runTool } from "./tool.ts";

runTool("biome", ["check", "."]);
runTool("tsc", ["--project", "tsconfig.json"]);
runTool("tsc", ["--build", "packages/tsconfig.json"]);
