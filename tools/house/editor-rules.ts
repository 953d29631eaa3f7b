import type { House } from "./house.ts";
import type { HouseTable } from "./house-table.ts";

/** What `biome.json` takes over, so that the editor shows an import that goes up and a clock that is not injected. */
export const editorRulesPath = "tools/house/layers.biome.json";

/** @returns the text of that file: a refusal for all packages, and for each row of the table what it lets through. */
export function editorRulesOf(house: House, table: HouseTable): string {
  const rows = Object.entries(table.packages).map(([folder, { mayImport }]) => {
    const names = mayImport.flatMap((each) => house.packages.get(each)?.manifest.name ?? []);
    return refusal(`packages/${folder}/src/**`, names);
  });
  const real = Object.entries(table.packages).filter(([, { usesRealWorld }]) => usesRealWorld);
  const plugin = {
    path: "../lint/injected-world.grit",
    resolutionKind: "config",
    includes: [
      "packages/*/src/**",
      ...real.map(([folder]) => `!packages/${folder}/src/**`),
      "!**/runtime/system-*",
      "!**/*.test.ts",
      "!**/*.test-d.ts",
    ],
  };
  const rules = { overrides: [refusal("packages/*/src/**", []), ...rows], plugins: [plugin] };
  return `${JSON.stringify(rules, undefined, 2)}\n`;
}

function refusal(files: string, names: readonly string[]): object {
  const message = "Imports go down: tools/house/table.ts says what this package may import (docs/adr/0001).";
  const group = ["@foundation/**", ...names.flatMap((name) => [`!${name}`, `!${name}/**`])];
  const noRestrictedImports = { level: "error", options: { patterns: [{ group, message }] } };
  return { includes: [files], linter: { rules: { style: { noRestrictedImports } } } };
}

/** The file agrees with the table. */
export function editorRulesFaults(house: House, table: HouseTable): string[] {
  const isCurrent = house.texts.get(editorRulesPath) === editorRulesOf(house, table);
  return isCurrent ? [] : [`${editorRulesPath} is older than tools/house/table.ts: npm run format writes it anew`];
}
