// Looks whether the code keeps the shape that tools/house/table.ts states. Part of npm run check; --write writes what is generated.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { editorRulesOf, editorRulesPath } from "./house/editor-rules.ts";
import { readHouse } from "./house/house.ts";
import { houseFaults } from "./house/rules.ts";
import { table } from "./house/table.ts";

const root = dirname(import.meta.dirname);
const house = readHouse(root);
if (process.argv.includes("--write")) {
  writeFileSync(join(root, editorRulesPath), editorRulesOf(house, table));
} else {
  const faults = houseFaults(house, table);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
