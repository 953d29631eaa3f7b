import { circleFaults } from "./circles.ts";
import { dependencyFaults } from "./dependencies.ts";
import { editorRulesFaults } from "./editor-rules.ts";
import { fileLengthFaults } from "./file-lengths.ts";
import type { House } from "./house.ts";
import type { HouseTable } from "./house-table.ts";
import { layerFaults } from "./layers.ts";
import { slowTestFaults } from "./slow-tests.ts";
import { testsBesideFaults } from "./tests-beside.ts";
import { unusedExportFaults } from "./unused-exports.ts";

/** A rule looks at the house and says what is wrong and what to do, a line for each. */
type Rule = (house: House, table: HouseTable) => string[];

/** Everything that `npm run check` asks of the shape of the code. */
const rules: readonly Rule[] = [
  layerFaults,
  editorRulesFaults,
  dependencyFaults,
  circleFaults,
  unusedExportFaults,
  fileLengthFaults,
  testsBesideFaults,
  slowTestFaults,
];

/** @returns what breaks a rule of the house. */
export function houseFaults(house: House, table: HouseTable): string[] {
  return rules.flatMap((rule) => rule(house, table));
}
